import assert from "node:assert/strict";
import type { ConfigurationFiles, RuntimeFacts, ServerLine } from "../../../lib/core/plan/plan.ts";
import { planRuntime, planUpdate } from "../../../lib/core/plan/planUpdate.ts";
import { assembled, type Chunk, type Configuration } from "../../../lib/core/render/configuration.ts";
import { serviceOf } from "../model/support/serviceOf.ts";

const head: Chunk = { text: "global\n\ndefaults\n  mode http\n" };

/** A backend of its own with so many servers. */
function backend(name: string, from: number, to: number): Chunk {
  const ranks = Array.from({ length: to - from }, (_, index) => from + index);
  const lines = ranks.map((rank) => `  server s${rank} 10.0.${rank >> 8}.${rank & 255}:80 id ${rank + 1}\n`);
  const service = serviceOf({
    appId: `/${name}`,
    backends: ranks.map((rank) => ({ host: "h", ip: "10.0.0.1", port: rank, draining: false })),
  });
  return { text: `\nbackend ${name}\n${lines.join("")}`, service, backend: true };
}

function configuration(chunks: readonly Chunk[], domains = ""): Configuration {
  return assembled({
    chunks: [head, ...chunks],
    maps: { "domain2backend.map": domains, "app2backend.map": "" },
    problems: [],
  });
}

function facts(leftovers = 0): RuntimeFacts {
  const server: ServerLine = { name: "s", address: "10.9.9.9", port: 1, options: [], disabled: false };
  return {
    leftovers: new Map(Array.from({ length: leftovers }, (_, rank) => [`gone/s${rank}`, server])),
    dynamicCookies: false,
    haproxyDir: "/etc/haproxy",
  };
}

Deno.test("planRuntime: changes of several backends and of maps are one plan", () => {
  const plan = planRuntime(
    configuration([backend("a", 0, 2), backend("b", 0, 1), backend("c", 0, 1)], "x a\n"),
    configuration([backend("a", 1, 2), backend("b", 0, 1), backend("c", 0, 2)], "x a\ny c\n"),
    facts(),
  );
  assert.ok(!("why" in plan), JSON.stringify(plan));
  const told = plan.changes.map(({ kind, backend, server }) => `${kind} ${backend}/${server.name}`);
  assert.deepEqual(told, ["remove a/s0", "add c/s1"]);
  assert.deepEqual([...plan.backends.keys()], ["a", "c"]);
  assert.deepEqual(plan.maps.map(({ kind, key }) => `${kind} ${key}`), ["add y"]);
});

const reloads: [what: string, before: Configuration, after: Configuration, why: RegExp][] = [
  [
    "a chunk more",
    configuration([backend("a", 0, 1)]),
    configuration([backend("a", 0, 1), backend("b", 0, 1)]),
    /^sections or rules came or went$/,
  ],
  [
    "a chunk that is no backend",
    configuration([{ text: "\nfrontend a\n" }]),
    configuration([{ text: "\nfrontend a\n  mode tcp\n" }]),
    /^more than servers changed$/,
  ],
  [
    "another order",
    configuration([backend("a", 0, 1), backend("b", 0, 1)]),
    configuration([backend("b", 0, 1), backend("a", 0, 1)]),
    /^more than servers changed in backend b$/,
  ],
  [
    "a backend that cannot be changed",
    configuration([backend("a", 0, 1)]),
    configuration([{ ...backend("a", 0, 1), text: "\nbackend a\n  server s0 agent:80\n" }]),
    /own reading in backend a$/,
  ],
  [
    "a key that stands twice",
    configuration([backend("a", 0, 1)], "x a\n"),
    configuration([backend("a", 0, 1)], "x a\nx b\n"),
    /^a key stands twice in a map$/,
  ],
];
for (const [what, before, after, why] of reloads) {
  Deno.test(`planRuntime: a reload for ${what}`, () => {
    const plan = planRuntime(before, after, facts());
    assert.ok("why" in plan);
    assert.match(plan.why, why);
  });
}

const limits: [what: string, servers: number, waiting: number, removed: number, fits: boolean][] = [
  ["a hundred may always wait", 10, 99, 1, true],
  ["more may not in a small cluster", 10, 100, 1, false],
  ["nor all at once", 150, 0, 101, false],
  ["as many as a tenth of a large one may", 2_000, 199, 1, true],
  ["but no more", 2_000, 200, 1, false],
];
for (const [what, servers, waiting, removed, fits] of limits) {
  Deno.test(`planRuntime: of removed servers ${what}`, () => {
    const [before, after] = [backend("a", 0, servers + removed), backend("a", removed, servers + removed)];
    const plan = planRuntime(configuration([before]), configuration([after]), facts(waiting));
    if (fits) assert.ok(!("why" in plan), JSON.stringify(plan));
    else {
      assert.ok("why" in plan);
      assert.equal(plan.why, `${waiting + removed} removed servers wait in HAProxy, a reload forgets them`);
    }
  });
}

Deno.test("planRuntime: removed servers that HAProxy deletes do not wait, those that it could not delete do", () => {
  const [before, after] = [backend("a", 0, 310), backend("a", 300, 310)];
  const planOf = (waiting: number) =>
    planRuntime(configuration([before]), configuration([after]), { ...facts(waiting), deletesServers: true });
  const plan = planOf(100);
  assert.ok(!("why" in plan), JSON.stringify(plan));
  assert.equal(plan.changes.length, 300);
  const reload = planOf(101);
  assert.ok("why" in reload);
  assert.equal(reload.why, "101 removed servers wait in HAProxy, a reload forgets them");
});

const hostile = [
  "e2.com;@master;hard-reload",
  "e6.com <<",
  "e8.com victim_33100",
  "#0",
  "@1",
  "-x",
  'q"',
  "b\\\\;c",
  "ü.test",
];
for (const key of hostile) {
  Deno.test(`planRuntime: the map key ${key} is a reload, whether it comes, changes or goes`, () => {
    const [none, one, two] = ["", `${key} app_1\n`, `${key} app_2\n`].map((domains) =>
      configuration([backend("a", 0, 1)], domains)
    );
    // To HAProxy the key ends at a blank: what stands before it goes by a command as it should.
    const goes = key.includes(" ") ? [] : [[two, none] as const];
    for (const [before, after] of [[none, one] as const, [one, two] as const, ...goes]) {
      const plan = planRuntime(before!, after!, facts());
      assert.ok("why" in plan, JSON.stringify(plan));
      assert.match(plan.why, /cannot stand in a command for HAProxy$/);
    }
  });
}

const serverWords: [what: string, word: string][] = [
  ["a command behind it", "inter 5s;@master;hard-reload"],
  ["a payload", "inter <<"],
  ["more words than HAProxy takes", Array.from({ length: 60 }, () => "check").join(" ")],
];
for (const [what, words] of serverWords) {
  Deno.test(`planRuntime: a server line with ${what} is a reload`, () => {
    const [before, after] = [backend("a", 0, 1), backend("a", 0, 2)];
    const plan = planRuntime(
      configuration([before]),
      configuration([{ ...after, text: after.text.replace(/\n$/, ` check ${words}\n`) }]),
      facts(),
    );
    assert.ok("why" in plan, JSON.stringify(plan));
    assert.match(plan.why, /for HAProxy$|cannot be added at run time/);
  });
}

const running: ConfigurationFiles = {
  text: "backend a\n  mode http\n",
  maps: { "domain2backend.map": "a.com a\n", "app2backend.map": "" },
};

const table: [what: string, next: ConfigurationFiles, reasons: string[]][] = [
  ["the same files", structuredClone(running), []],
  ["another text", { ...running, text: "backend a\n  mode tcp\n" }, ["backend a changed"]],
  [
    "another map",
    { ...running, maps: { ...running.maps, "domain2backend.map": "b.com a\n" } },
    ["domain2backend.map changed"],
  ],
  [
    "both",
    { text: "", maps: { "domain2backend.map": "", "app2backend.map": "/a a\n" } },
    ["backend a removed", "domain2backend.map changed", "app2backend.map changed"],
  ],
  ["another byte of white space", { ...running, text: `${running.text}\n` }, [
    "the order or layout of the configuration changed",
  ]],
];
for (const [what, next, reasons] of table) {
  Deno.test(`planUpdate: ${what}`, () => {
    assert.deepEqual(
      planUpdate(running, next),
      reasons.length === 0 ? { kind: "nothing" } : { kind: "reload", reasons },
    );
  });
}

Deno.test("planUpdate: without files there is something to do, even for an empty configuration", () => {
  const plan = planUpdate(undefined, { text: "", maps: { "domain2backend.map": "", "app2backend.map": "" } });
  assert.deepEqual(plan, { kind: "reload", reasons: ["there was no configuration"] });
});

/** A configuration of one backend, which belongs to a blue/green deployment or not. */
function serving(inDeploymentGroup: true | undefined, ...servers: string[]) {
  const lines = servers.map((server) => `  server ${server.replace(" ", " 10.0.0.1:80 ")}\n`);
  return assembled({
    chunks: [
      { text: "global\n" },
      {
        text: `\nbackend web_1\n${lines.join("")}`,
        service: serviceOf({ inDeploymentGroup }),
        backend: true,
      },
    ],
    maps: { "domain2backend.map": "", "app2backend.map": "" },
    problems: [],
  });
}

const deployments: [what: string, before: string[], after: string[], inGroup: string, elsewhere: string][] = [
  ["a removed server", ["a ", "b "], ["a "], "reload", "runtime"],
  ["a server that moved", ["a "], ["b "], "reload", "runtime"],
  ["a new server", ["a "], ["a ", "b "], "runtime", "runtime"],
  ["a draining server", ["a ", "b "], ["a disabled", "b "], "runtime", "runtime"],
];
for (const [what, before, after, inGroup, elsewhere] of deployments) {
  Deno.test(`planRuntime: in a blue/green deployment ${what} is a matter of: ${inGroup}`, () => {
    for (const [flag, expected] of [[true, inGroup], [undefined, elsewhere]] as const) {
      const plan = planRuntime(serving(flag, ...before), serving(flag, ...after), facts());
      assert.equal("why" in plan ? "reload" : plan.kind, expected, JSON.stringify(plan));
      if ("why" in plan) assert.match(plan.why, /statistics of the deployment in backend web_1/);
    }
  });
}

/** One backend of a deployment, with servers at these ports: `+` is healthy in Marathon, `d` too and drains. */
function deploying(servers: Readonly<Record<number, string>>, options = "check inter 60s"): Configuration {
  const ports = Object.keys(servers).map(Number);
  const backends = ports.map((port) => ({
    host: "10.0.0.1",
    ip: "10.0.0.1",
    port,
    draining: false,
    ...servers[port] === "-" ? {} : { healthy: true as const },
  }));
  const lines = ports.map((port) =>
    `  server 10_0_0_1_${port} 10.0.0.1:${port} ${options}${servers[port] === "d" ? " disabled" : ""}\n`
  );
  const service = serviceOf({ inDeploymentGroup: true, backends });
  return configuration([{ text: `\nbackend web_1\n${lines.join("")}`, service, backend: true }]);
}

const healed: [
  what: string,
  before: Configuration,
  after: Configuration,
  commands: string[],
  reasons: string[],
][] = [
  [
    "a new server that Marathon says is healthy starts as UP",
    deploying({ 1: "+" }),
    deploying({ 1: "+", 2: "+" }),
    [
      "add server web_1/10_0_0_1_2 10.0.0.1:2 check inter 60s pool-max-conn -1 pool-purge-delay 5s",
      "enable server web_1/10_0_0_1_2",
      "enable health web_1/10_0_0_1_2",
      "set server web_1/10_0_0_1_2 health up",
    ],
    ["backend web_1 (+1 -0 servers) changed"],
  ],
  [
    "a server is UP when Marathon says that it is healthy",
    deploying({ 1: "+", 2: "-" }),
    deploying({ 1: "+", 2: "+" }),
    ["set server web_1/10_0_0_1_2 health up"],
    ["1 server is healthy now"],
  ],
  [
    "a server that drains no longer is UP",
    deploying({ 1: "d" }),
    deploying({ 1: "+" }),
    ["set server web_1/10_0_0_1_1 state ready", "set server web_1/10_0_0_1_1 health up"],
    ["backend web_1 (+1 -1 servers) changed"],
  ],
  [
    "one is added and another one is healthy now",
    deploying({ 1: "-" }),
    deploying({ 1: "+", 2: "-" }),
    [
      "set server web_1/10_0_0_1_1 health up",
      "add server web_1/10_0_0_1_2 10.0.0.1:2 check inter 60s pool-max-conn -1 pool-purge-delay 5s",
      "enable server web_1/10_0_0_1_2",
      "enable health web_1/10_0_0_1_2",
    ],
    ["backend web_1 (+1 -0 servers) changed"],
  ],
];
for (const [what, before, after, commands, reasons] of healed) {
  Deno.test(`planUpdate: in a blue/green deployment ${what}`, () => {
    const plan = planUpdate(before, after, { configuration: before, facts: facts() });
    assert.ok(plan.kind === "runtime", JSON.stringify(plan));
    assert.deepEqual(plan.commands.map(({ text }) => String(text)).sort(), commands.toSorted());
    assert.deepEqual(plan.reasons, reasons);
  });
}

const unhealed: [what: string, before: Configuration, after: Configuration, facts?: RuntimeFacts][] = [
  ["without runtime commands", deploying({ 1: "-" }), deploying({ 1: "+" })],
  [
    "of a server without a check",
    deploying({ 1: "-" }, "weight 1"),
    deploying({ 1: "+" }, "weight 1"),
    facts(),
  ],
  [
    "of a line that needs HAProxy's own reading",
    deploying({ 1: "-" }, '"check"'),
    deploying({ 1: "+" }, '"check"'),
    facts(),
  ],
  ["that is lost", deploying({ 1: "+" }), deploying({ 1: "-" }), facts()],
];
for (const [what, before, after, known] of unhealed) {
  Deno.test(`planUpdate: health ${what} is nothing to do, and no reason to reload`, () => {
    assert.deepEqual(planUpdate(before, after, { configuration: before, facts: known }), { kind: "nothing" });
  });
}
