import assert from "node:assert/strict";
import { parseServerLine, type RuntimeFacts } from "../../../lib/core/plan/plan.ts";
import {
  findStaticOption,
  planServers,
  restingServers,
  usesServerIds,
  whyNoNewServers,
} from "../../../lib/core/plan/servers.ts";

const table: [options: string, expected: string | undefined][] = [
  ["", undefined],
  ["id 7 check inter 5s fall 4 port 81", undefined],
  ["weight 10 maxconn 5 backup", undefined],
  ["ssl verify none sni req.hdr(host) alpn h2", undefined],
  ["cookie abc", "cookie"],
  ["check cookie abc", "cookie"],
  ["id 7 resolvers dns", "resolvers"],
  ["redir http://x", "redir"],
  ["slowstart 5s", "slowstart"],
  ["track b/s", "track"],
  ["agent-check agent-port 9", "agent-check"],
  // What stands behind an option is no option itself.
  ["sni cookie", undefined],
  ["check nonsense", "nonsense"],
];
for (const [options, expected] of table) {
  Deno.test(`findStaticOption: ${options || "none"}`, () => {
    assert.equal(findStaticOption(options.split(" ").filter((word) => word !== "")), expected);
  });
}

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
  ["a new one with TLS and no check", backend(one), backend(one, `${two} ssl verify none`), ["add s2"]],
  [
    "a new one with TLS, checked by TLS",
    backend(one),
    backend(one, `${two} check ssl verify none check-ssl`),
    ["add s2"],
  ],
  [
    "a new one with TLS, checked at another port",
    backend(one),
    backend(one, `${two} check port 81 ssl verify none`),
    ["add s2"],
  ],
  [
    "a new one beside a rate limit, with a maxconn",
    text(
      "  stick-table type ipv6 size 100k expire 1m store http_req_rate(1m)\n  http-request track-sc2 src\n",
      `${one} maxconn 5`,
    ),
    text(
      "  stick-table type ipv6 size 100k expire 1m store http_req_rate(1m)\n  http-request track-sc2 src\n",
      `${one} maxconn 5`,
      `${two} maxconn 5`,
    ),
    ["add s2"],
  ],
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

const removals: [what: string, before: string, after: string, deletesServers: boolean, deletable: boolean][] =
  [
    ["can be deleted where it could be added again", backend(one, two), backend(one), true, true],
    ["stays in a HAProxy that cannot delete it", backend(one, two), backend(one), false, false],
    [
      "stays where none could be added",
      text("  balance source\n", one),
      text("  balance source\n"),
      true,
      false,
    ],
    [
      "stays where its options could not be added",
      backend(one, `${two} redir /x`),
      backend(one),
      true,
      false,
    ],
  ];
for (const [what, before, after, deletesServers, deletable] of removals) {
  Deno.test(`planServers: a removed server ${what}`, () => {
    const plan = planServers(before, after, "", { ...facts(), deletesServers });
    assert.ok(!("why" in plan), JSON.stringify(plan));
    const [change] = plan.changes;
    assert.ok(change?.kind === "remove" && plan.changes.length === 1);
    assert.equal(change.server.deletable ?? false, deletable);
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
    "a check that would speak no TLS",
    backend(one),
    backend(one, `${two} check ssl verify none`),
    /^the check of a server with ssl is another one when it is added at run time in backend b$/,
  ],
  [
    "a check that would send no PROXY header",
    backend(one),
    backend(one, `${two} check send-proxy-v2`),
    /^the check of a server with send-proxy-v2 is another one/,
  ],
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

Deno.test("restingServers: those of each section that their line disables", () => {
  const text = `global
  maxconn 7
backend a
  server one 10.0.0.1:80 id 1 disabled check
  server two 10.0.0.2:80
  # server three 10.0.0.3:80 disabled
  server disabled 10.0.0.4:80
listen b
  server one host.test:80 disabled
`;
  assert.deepEqual(restingServers({ text }), ["a/one", "b/one"]);
  assert.deepEqual(restingServers({ text: "" }), []);
});

Deno.test("restingServers: of a configuration in pieces the pieces are looked at", () => {
  const pieces = ["backend a\n  server one 10.0.0.1:80 disabled\n", "backend b\n  server one 10.0.0.2:80\n"];
  const files = {
    chunks: pieces.map((text) => ({ text })),
    get text(): string {
      throw new Error("it was put together");
    },
  };
  assert.deepEqual(restingServers(files), ["a/one"]);
});

const cases: [lines: string, head: string, uses: boolean][] = [
  ["  balance roundrobin\n", "", false],
  ["  balance leastconn\n", "", false],
  ["  balance random(2)\n", "", false],
  ["", "", false],
  ["", "defaults\n  balance first\n", true],
  ["  balance first\n", "defaults\n  balance roundrobin\n", true],
  ["  balance roundrobin\n", "defaults\n  balance first\n", false],
  ["  balance source\n  hash-type consistent\n", "", true],
  ["  balance roundrobin\n  stick-table type ip size 1m\n  stick on src\n", "", true],
  ["  http-response set-header X-Server %[srv_id]\n", "", true],
];
for (const [lines, head, uses] of cases) {
  Deno.test(`usesServerIds: ${JSON.stringify(lines)} under ${JSON.stringify(head)}`, () => {
    assert.equal(usesServerIds(`\nbackend b\n${lines}`, head), uses);
  });
}

const balanced = (line: string) => `\nbackend b\n  ${line}\n  mode http\n`;
const whyNoNewServersTable: [what: string, section: string, head: string, expected: RegExp | undefined][] = [
  ["no balance at all", balanced(""), "", undefined],
  ...["roundrobin", "leastconn", "first", "random", "random(3)"].map((
    name,
  ): [string, string, string, undefined] => [name, balanced(`balance ${name}`), "", undefined]),
  ...["static-rr", "source", "uri", "url_param id", "hdr(Host)", "rdp-cookie"].map((
    name,
  ): [string, string, string, RegExp] => [
    name,
    balanced(`balance ${name}`),
    "",
    new RegExp(`^balance ${name.split(" ")[0]!.replace(/[()]/g, "\\$&")} accepts no servers at run time$`),
  ]),
  ["a hash", balanced("balance source\n  hash-type map-based"), "", /balance source/],
  ["a consistent hash", balanced("balance source\n  hash-type consistent sdbm"), "", undefined],
  ["the last balance counts", balanced("balance source\n  balance leastconn"), "", undefined],
  ["an empty balance", balanced("balance "), "defaults\n  balance source\n", /balance source/],
  ["one from the defaults", balanced(""), "defaults\n  balance source\n", /balance source/],
  [
    "an own one before that of the defaults",
    balanced("balance roundrobin"),
    "defaults\n  balance source\n",
    undefined,
  ],
  ["a default-server", balanced("default-server inter 1s"), "", /^default-server does not count/],
  [
    "a default-server in the defaults",
    balanced(""),
    "defaults\n  default-server fall 2\n",
    /^default-server/,
  ],
];
for (const [what, section, head, expected] of whyNoNewServersTable) {
  Deno.test(`whyNoNewServers: ${what}`, () => {
    const why = whyNoNewServers(section, head);
    if (expected) assert.match(why ?? "", expected);
    else assert.equal(why, undefined);
  });
}

Deno.test("planServers: a backend that begins from a body has what the body says", () => {
  const from = (...servers: string[]) =>
    `backend a from x\n${servers.map((server) => `  server ${server}\n`).join("")}`;
  const plan = (body: string) =>
    planServers(from(one), from(one, two), "defaults\n  balance source\n", facts(), body);
  const added = plan("defaults x\n  balance roundrobin\n");
  assert.ok("changes" in added);
  assert.deepEqual(added.changes.map(({ kind, backend, server }) => [kind, backend, server.name]), [[
    "add",
    "a",
    "s2",
  ]]);
  assert.deepEqual(plan("defaults x\n  balance source\n"), {
    why: "balance source accepts no servers at run time in backend a",
  });
});
