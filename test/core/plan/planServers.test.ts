import assert from "node:assert/strict";
import { planServers } from "../../../lib/core/plan/planServers.ts";
import type { RuntimeFacts } from "../../../lib/core/plan/RuntimeFacts.ts";
import { parseServerLine } from "../../../lib/core/plan/ServerLine.ts";

const backend = (...servers: string[]) => text("  balance roundrobin\n", ...servers);
const text = (lines: string, ...servers: string[]) =>
  `\nbackend b\n${lines}${servers.map((server) => `  server ${server}\n`).join("")}`;

const [one, two, three] = ["s1 10.0.0.1:80 id 1", "s2 10.0.0.2:80 id 2", "s3 10.0.0.3:80 id 3"] as const;

function facts(leftovers: readonly string[] = [], dynamicCookies = false): RuntimeFacts {
  const servers = leftovers.map((line) => parseServerLine(`  server ${line}`)!);
  return {
    leftovers: new Map(servers.map((server) => [`b/${server.name}`, server])),
    dynamicCookies,
    haproxyDir: "/etc/haproxy",
  };
}

const plans: [what: string, before: string, after: string, changes: string[], leftovers?: string[]][] = [
  ["nothing", backend(one), backend(one), []],
  ["another order", backend(one, two), backend(two, one), []],
  ["a new one", backend(one), backend(one, two), ["add s2"]],
  ["the first one", backend(), backend(one), ["add s1"]],
  ["one that goes", backend(one, two), backend(two), ["remove s1"]],
  ["the last one", backend(one), backend(), ["remove s1"]],
  ["one that moves", backend(one), backend(two), ["add s2", "remove s1"]],
  ["one that drains", backend(one, two), backend(`${one} disabled`, two), ["disable s1"]],
  ["one that does not any more", backend(`${one} disabled`), backend(one), ["enable s1"]],
  ["a new one that drains", backend(), backend(`${one} disabled`), ["add s1"]],
  ["a new one beside one of another id", backend(one), backend(one, three), ["add s3"], [two]],
  ["one that comes back", backend(one), backend(one, two), ["return s2"], [two]],
  ["one that comes back to drain", backend(one), backend(one, `${two} disabled`), ["return s2"], [two]],
  ["one that went while it drained", backend(one), backend(one, two), ["return s2"], [`${two} disabled`]],
  [
    "one that comes back where none could be added",
    text("  balance source\n", one),
    text("  balance source\n", one, two),
    ["return s2"],
    [two],
  ],
  ["one that goes where none could be added", text("  balance source\n", one), text("  balance source\n"), [
    "remove s1",
  ]],
];
for (const [what, before, after, expected, leftovers] of plans) {
  Deno.test(`planServers: ${what}`, () => {
    const plan = planServers(before, after, "", facts(leftovers));
    assert.ok(!("why" in plan), JSON.stringify(plan));
    assert.deepEqual(plan.changes.map(({ kind, server }) => `${kind} ${server.name}`), expected);
    assert.ok(plan.changes.every(({ backend }) => backend === "b"));
    assert.equal(plan.backend, "b");
    const names = [...after.matchAll(/^ {2}server (\S+)/gm)].map(([, name]) => name);
    assert.deepEqual(plan.servers.map(({ name }) => name), names);
  });
}

const reloads: [what: string, before: string, after: string, why: RegExp, leftovers?: string[]][] = [
  [
    "a new one with the id of one that goes, where ids count",
    text("  balance first\n", one),
    text("  balance first\n", "s9 10.0.0.9:80 id 1"),
    /^a removed server still has the id of server s9 in backend b$/,
  ],
  [
    "a new one with the id of one that is gone, where ids count",
    text("  balance roundrobin\n  stick on src\n", one),
    text("  balance roundrobin\n  stick on src\n", one, "s9 10.0.0.9:80 id 2"),
    /^a removed server still has the id of server s9 in backend b$/,
    [two],
  ],
  [
    "another line",
    backend(one),
    text("  balance leastconn\n", one),
    /^more than servers changed in backend b$/,
  ],
  ["another line, and servers", backend(one), text("  mode tcp\n", two), /^more than servers/],
  ["another name", backend(one), backend(one).replace("backend b", "backend c"), /^more than servers .* c$/],
  ["no backend", "frontend b\n", "frontend b\n  mode http\n", /^a section that is no backend changed$/],
  [
    "another address",
    backend(one),
    backend(one.replace("10.0.0.1", "10.0.0.9")),
    /^server s1 changed in backend b$/,
  ],
  ["another port", backend(one), backend(one.replace(":80", ":81")), /^server s1 changed/],
  ["another option", backend(one), backend(`${one} weight 5`), /^server s1 changed/],
  [
    "a line that cannot be read",
    backend(one),
    backend(one, "s2 agent-2:80"),
    /^a server line needs HAProxy's own reading/,
  ],
  ["a line that could not be read", backend("s2 agent-2:80"), backend(one), /^a server line needs/],
  [
    "a balance that takes none",
    text("  balance source\n", one),
    text("  balance source\n", one, two),
    /^balance source/,
  ],
  [
    "an option that none can have",
    backend(one),
    backend(one, `${two} slowstart 5s`),
    /^a server with slowstart cannot/,
  ],
  ["a cookie", backend(one), backend(one, `${two} cookie abc`), /^a server with cookie cannot/],
  [
    "one that comes back as another",
    backend(one),
    backend(one, `${two} weight 5`),
    /^server s2 comes back as another/,
    [
      two,
    ],
  ],
  [
    "one that ends what it has when it goes",
    backend(`${one} on-marked-down shutdown-sessions`),
    backend(),
    /^on-marked-down would end requests in backend b$/,
  ],
  [
    "one that ends it when it drains",
    backend(`${one} on-marked-down shutdown-sessions`),
    backend(`${one} on-marked-down shutdown-sessions disabled`),
    /^on-marked-down would end requests/,
  ],
  [
    "one that ends what others have when it comes",
    backend(),
    backend(`${one} on-marked-up shutdown-backup-sessions`),
    /^on-marked-up would end requests/,
  ],
  [
    "all that end what they have when they go",
    text("  default-server on-marked-down shutdown-sessions\n", one),
    text("  default-server on-marked-down shutdown-sessions\n"),
    /^default-server would end requests/,
  ],
];
for (const [what, before, after, why, leftovers] of reloads) {
  Deno.test(`planServers: a reload for ${what}`, () => {
    const plan = planServers(before, after, "", facts(leftovers));
    assert.ok("why" in plan, JSON.stringify(plan));
    assert.match(plan.why, why);
  });
}

Deno.test("planServers: an option that does not matter to this change does not stand in its way", () => {
  for (
    const [before, after] of [
      [backend(), backend(`${one} on-marked-down shutdown-sessions`)],
      [backend(`${one} on-marked-up shutdown-backup-sessions`), backend()],
      [
        backend(`${one} on-marked-down shutdown-sessions`, two),
        backend(`${one} on-marked-down shutdown-sessions`),
      ],
    ] as const
  ) {
    assert.ok(!("why" in planServers(before, after, "", facts())));
  }
});

Deno.test("planServers: from HAProxy 3.0 on a server with a cookie can be added, wherever the cookie stands", () => {
  for (const options of ["cookie abc", "check cookie abc weight 5", "cookie cookie"]) {
    const plan = planServers(backend(one), backend(one, `${two} ${options}`), "", facts([], true));
    assert.ok("changes" in plan, JSON.stringify(plan));
    assert.deepEqual(plan.changes.map(({ kind }) => kind), ["add"]);
  }
  const still = planServers(
    backend(one),
    backend(three, `${two} cookie abc slowstart 1s`),
    "",
    facts([], true),
  );
  assert.ok("why" in still);
  assert.match(still.why, /slowstart/);
});

for (
  const [what, before, leftovers, options] of [
    ["one that goes", backend("s1 10.0.0.1:80 id 9"), [], "check weight 5"],
    ["one that is gone", backend(one), ["s2 10.0.0.2:80 id 9"], "check weight 5"],
    ["none", backend(one), [two], "check id 9 weight 5"],
  ] as const
) {
  Deno.test(`planServers: a new one with the id of ${what} has ${options}`, () => {
    const plan = planServers(before, backend("s9 10.0.0.9:80 check id 9 weight 5"), "", facts(leftovers));
    assert.ok(!("why" in plan), JSON.stringify(plan));
    const [added] = plan.changes.filter(({ kind }) => kind === "add");
    assert.equal(added!.server.options.join(" "), options);
    assert.deepEqual(
      plan.servers.map(({ options }) => options.join(" ")),
      ["check id 9 weight 5"],
      "as in the file",
    );
  });
}
