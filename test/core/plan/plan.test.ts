import assert from "node:assert/strict";
import type { ServerState } from "../../../lib/core/haproxy/answers.ts";
import {
  findMapDisagreement,
  isMapAsChanged,
  type MapChange,
  planMaps,
} from "../../../lib/core/plan/maps.ts";
import {
  findDisagreement,
  parseServerLine,
  runtimeCommands,
  type ServerChange,
  type ServerLine,
} from "../../../lib/core/plan/plan.ts";
import { nextLeftovers } from "../../../lib/core/plan/servers.ts";

const s: ServerLine = { name: "s", address: "10.0.0.1", port: 80, options: [], disabled: false };
const table: [line: string, expected: ServerLine | undefined][] = [
  ["  server s 10.0.0.1:80", s],
  ["\tserver  s\t10.0.0.1:80  ", s],
  ["  server s 10.0.0.1:80 id 7 check inter 5s", { ...s, options: ["id", "7", "check", "inter", "5s"] }],
  ["  server s 10.0.0.1:80 check disabled id 7", { ...s, options: ["check", "id", "7"], disabled: true }],
  ["  server s 10.0.0.1:80 disabled", { ...s, disabled: true }],
  ["server s 10.0.0.1:80", undefined],
  ["  server s agent-1:80", undefined],
  ["  server s 10.0.0.1", undefined],
  ["  server s [::1]:80 check", { ...s, address: "[::1]", options: ["check"] }],
  ["  server s ::1:80", undefined],
  ["  server s *:80", undefined],
  ["  server s 10.0.0.1:80 sni 'a b'", undefined],
  ['  server s 10.0.0.1:80 sni "a"', undefined],
  ["  server s 10.0.0.1:80 sni a\\ b", undefined],
  ["  server s 10.0.0.1:80 weight $WEIGHT", undefined],
  ["  server s 10.0.0.1:80 # why", undefined],
  ["  server-template s 3 10.0.0.1:80", undefined],
  ["  servers s 10.0.0.1:80", undefined],
];
for (const [line, expected] of table) {
  Deno.test(`parseServerLine: ${JSON.stringify(line)}`, () =>
    assert.deepEqual(parseServerLine(line), expected));
}

const server = (name: string, disabled = false): ServerLine => ({
  name,
  address: "10.0.0.1",
  port: 80,
  options: [],
  disabled,
});
const state = (name: string, inMaintenance = false, more: Partial<ServerState> = {}): ServerState => ({
  name,
  address: "10.0.0.1",
  port: 80,
  inMaintenance,
  ...more,
});
const change = (kind: ServerChange["kind"], name: string, disabled = false): ServerChange => ({
  kind,
  backend: "b",
  server: server(name, disabled),
});

const findDisagreementTable: [
  what: string,
  state: ServerState[],
  servers: ServerLine[],
  changes: ServerChange[],
  expected: string | undefined,
][] = [
  ["all is well", [state("a")], [server("a")], [change("add", "a")], undefined],
  [
    "an IPv6 address is without brackets in a state",
    [state("a", false, { address: "fd00::a" })],
    [{ ...server("a"), address: "[fd00::a]" }],
    [],
    undefined,
  ],
  [
    "one is at another IPv6 address",
    [state("a", false, { address: "fd00::b" })],
    [{ ...server("a"), address: "[fd00::a]" }],
    [],
    "server a is at fd00::b:80 instead of [fd00::a]:80",
  ],
  ["one is missing", [state("a")], [server("a"), server("b")], [], "server b is missing"],
  [
    "one is elsewhere",
    [state("a", false, { address: "10.0.0.9" })],
    [server("a")],
    [],
    "server a is at 10.0.0.9:80 instead of 10.0.0.1:80",
  ],
  [
    "one is at another port",
    [state("a", false, { port: 81 })],
    [server("a")],
    [],
    "server a is at 10.0.0.1:81 instead of 10.0.0.1:80",
  ],
  ["one that somebody put in maintenance", [state("a", true)], [server("a")], [], undefined],
  [
    "a new one in maintenance",
    [state("a", true)],
    [server("a")],
    [change("add", "a")],
    "server a is in maintenance",
  ],
  [
    "one that came back and is not there",
    [state("a", true)],
    [server("a")],
    [change("return", "a")],
    "server a is in maintenance",
  ],
  [
    "one that is still in maintenance",
    [state("a", true)],
    [server("a")],
    [change("enable", "a")],
    "server a is in maintenance",
  ],
  [
    "one that does not drain",
    [state("a")],
    [server("a", true)],
    [change("disable", "a", true)],
    "server a is not in maintenance",
  ],
  ["a new one that drains", [state("a", true)], [server("a", true)], [change("add", "a", true)], undefined],
  ["one that did not go", [state("a")], [], [change("remove", "a")], "server a is not in maintenance"],
  ["one that went", [state("a", true)], [], [change("remove", "a")], undefined],
  ["one that went altogether", [], [], [change("remove", "a")], undefined],
  ["one that nobody knows of", [state("a"), state("x")], [server("a")], [], undefined],
];
for (const [what, states, servers, changes, expected] of findDisagreementTable) {
  Deno.test(`findDisagreement: ${what}`, () => {
    assert.equal(findDisagreement(states, servers, changes), expected);
  });
}

const entry = { file: "domain2backend.map", kind: "add", key: "a.test", value: "one" } as const;
const gone = { ...entry, kind: "del", value: "" } as const;
const found = (type: string, key: string, value: string) =>
  `type=${type}, case=sensitive, found=yes, idx=tree, key="${key}", value="${value}", type="str"`;
const nothing = "type=str, case=sensitive, found=no";

const answers: [what: string, answer: string, change: MapChange, expected: boolean][] = [
  ["an entry that is there", found("str", "a.test", "one"), entry, true],
  ["one that leads elsewhere", found("str", "a.test", "two"), entry, false],
  ["one that leads further", found("str", "a.test", "one two"), entry, false],
  ["one of another key", found("reg", ".*", "one"), entry, false],
  ["one that is missing", nothing, entry, false],
  ["one that only one way of matching finds", `${found("str", "a.test", "one")}\n${nothing}`, entry, false],
  ["one that is gone", nothing, gone, true],
  ["one that is not", found("str", "a.test", "one"), gone, false],
  ["no such map", "Unknown map identifier. Please use #<id> or <file>.", entry, false],
  ["nothing", "", gone, false],
];
for (const [what, answer, change, expected] of answers) {
  Deno.test(`isMapAsChanged: ${what}, after ${change.kind}`, () => {
    assert.equal(isMapAsChanged(answer, change), expected);
  });
}

const whole: [what: string, answer: string, change: MapChange, expected: string | undefined][] = [
  ["the entry", "0x5a a.test one\n0x5b b.test two\n", entry, undefined],
  [
    "it twice",
    "0x5a a.test two\n0x5b a.test one\n",
    entry,
    "domain2backend.map leads a.test to two and one instead of one",
  ],
  [
    "more behind it",
    "0x5a a.test one two\n",
    entry,
    "domain2backend.map leads a.test to one two instead of one",
  ],
  ["none", "0x5b b.test two", entry, "domain2backend.map leads a.test to nothing instead of one"],
  [
    "what should be gone",
    "0x5a a.test one",
    gone,
    "domain2backend.map leads a.test to one instead of nothing",
  ],
  ["what is gone", "", gone, undefined],
];
for (const [what, answer, change, expected] of whole) {
  Deno.test(`findMapDisagreement: a map with ${what}, after ${change.kind}`, () => {
    assert.equal(findMapDisagreement(answer, [change]), expected);
  });
}

const maps = (domains: string, apps = "") => ({ "domain2backend.map": domains, "app2backend.map": apps });

const planMapsTable: [what: string, before: string, after: string, expected: string[] | undefined][] = [
  ["nothing", "a x\n", "a x\n", []],
  ["another order", "a x\nb y\n", "b y\na x\n", []],
  ["a new key", "a x\n", "a x\nb y\n", ["add b y"]],
  ["the first key", "", "a x\n", ["add a x"]],
  ["a key that goes", "a x\nb y\n", "a x\n", ["del b"]],
  ["another value", "a x\n", "a y\n", ["set a y"]],
  ["all together", "a x\nb y\nc z\n", "d w\na y\nc z\n", ["add d w", "set a y", "del b"]],
  ["a value with a blank, which is a value", "a x\n", "a x evil\n", ["set a x evil"]],
  ["a key that stands twice", "a x\n", "a x\na y\n", undefined],
  ["a key that stood twice", "a x\na y\n", "a x\n", undefined],
  ["a key that stands twice in what stays", "a x\na y\n", "a x\na y\n", []],
];
for (const [what, before, after, expected] of planMapsTable) {
  Deno.test(`planMaps: ${what}`, () => {
    for (
      const [earlier, later, file] of [
        [maps(before), maps(after), "domain2backend.map"],
        [maps("", before), maps("", after), "app2backend.map"],
      ] as const
    ) {
      const changes = planMaps(earlier, later);
      assert.deepEqual(changes?.map(({ kind, key, value }) => `${kind} ${key} ${value}`.trim()), expected);
      assert.ok((changes ?? []).every((change) => change.file === file));
    }
  });
}

const runtimeCommandsS: ServerLine = {
  name: "s",
  address: "10.0.0.1",
  port: 80,
  options: ["id", "7"],
  disabled: false,
};
const runtimeCommandsChange = (
  kind: ServerChange["kind"],
  server: Partial<ServerLine> = {},
): ServerChange => ({
  kind,
  backend: "b",
  server: { ...runtimeCommandsS, ...server },
});
const added = "New server registered.";
const pooling = "pool-max-conn -1 pool-purge-delay 5s";

const runtimeCommandsTable: [
  what: string,
  change: ServerChange,
  expected: [text: string, answer: string][],
][] = [
  ["a new server", runtimeCommandsChange("add"), [
    [`add server b/s 10.0.0.1:80 id 7 ${pooling}`, added],
    ["enable server b/s", ""],
  ]],
  ["a new one that is checked", runtimeCommandsChange("add", { options: ["check", "inter", "5s"] }), [
    [`add server b/s 10.0.0.1:80 check inter 5s ${pooling}`, added],
    ["enable server b/s", ""],
    ["enable health b/s", ""],
  ]],
  ["a new one that drains", runtimeCommandsChange("add", { options: ["check"], disabled: true }), [
    [`add server b/s 10.0.0.1:80 check ${pooling}`, added],
    ["enable health b/s", ""],
  ]],
  ["a new one with a pool of its own", runtimeCommandsChange("add", { options: ["pool-max-conn", "3"] }), [
    ["add server b/s 10.0.0.1:80 pool-max-conn 3", added],
    ["enable server b/s", ""],
  ]],
  ["a new one with a maxconn", runtimeCommandsChange("add", { options: ["id", "7", "maxconn", "5"] }), [
    [`add server b/s 10.0.0.1:80 id 7 maxconn 5 ${pooling}`, added],
    ["enable server b/s", ""],
  ]],
  ["one that comes back", runtimeCommandsChange("return"), [["set server b/s state ready", ""]]],
  ["one that comes back to drain", runtimeCommandsChange("return", { disabled: true }), []],
  ["one that goes", runtimeCommandsChange("remove"), [["set server b/s state maint", ""]]],
  ["one that drains", runtimeCommandsChange("disable", { disabled: true }), [[
    "set server b/s state maint",
    "",
  ]]],
  ["one that does not any more", runtimeCommandsChange("enable"), [["set server b/s state ready", ""]]],
];
for (const [what, one, expected] of runtimeCommandsTable) {
  Deno.test(`runtimeCommands: ${what}`, () => {
    const commands = runtimeCommands({ changes: [one], maps: [] }, "/etc/haproxy");
    assert.deepEqual(commands.map(({ text, expect }) => [text, expect]), expected);
  });
}

Deno.test("runtimeCommands: what comes stands before what goes, and maps stand last", () => {
  const map: MapChange = { file: "domain2backend.map", kind: "add", key: "a.test", value: "b" };
  const changes = [
    runtimeCommandsChange("remove", { name: "gone" }),
    runtimeCommandsChange("disable", { name: "drains" }),
    runtimeCommandsChange("add", { name: "new" }),
    runtimeCommandsChange("enable", { name: "back" }),
    runtimeCommandsChange("return", { name: "again" }),
  ];
  const maps: MapChange[] = [map, { ...map, kind: "set" }, {
    ...map,
    kind: "del",
    value: "",
    file: "app2backend.map",
  }];
  const texts = runtimeCommands({ changes, maps }, "/etc/haproxy").map(({ text }) => text);
  assert.deepEqual(texts, [
    `add server b/new 10.0.0.1:80 id 7 ${pooling}`,
    "enable server b/new",
    "set server b/back state ready",
    "set server b/again state ready",
    "set server b/gone state maint",
    "set server b/drains state maint",
    "add map /etc/haproxy/domain2backend.map a.test b",
    "set map /etc/haproxy/domain2backend.map a.test b",
    "del map /etc/haproxy/app2backend.map a.test",
  ]);
});

Deno.test("nextLeftovers: those that go are remembered until they come back", () => {
  const before = new Map([["b/old", { ...runtimeCommandsS, name: "old" }], ["b/stays", {
    ...runtimeCommandsS,
    name: "stays",
  }]]);
  const changes = [
    runtimeCommandsChange("remove", { name: "gone", disabled: true }),
    runtimeCommandsChange("return", { name: "old" }),
    runtimeCommandsChange("add", { name: "new" }),
    runtimeCommandsChange("disable", { name: "drains" }),
    runtimeCommandsChange("enable", { name: "back" }),
  ];
  const next = nextLeftovers(before, changes);
  assert.deepEqual([...next.keys()].sort(), ["b/gone", "b/stays"]);
  assert.equal(next.get("b/gone")!.disabled, true);
  assert.equal(before.size, 2);
});
