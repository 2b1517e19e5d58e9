import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import {
  filesOf,
  isStarting,
  leftoversIn,
  liveOf,
  type Loaded,
  type LoadedEvent,
  next,
  nothingLoaded,
  notStarted,
  owesReload,
  restingIn,
  straysIn,
} from "../../../lib/core/plan/loaded.ts";
import { parseServerLine, type ServerChange } from "../../../lib/core/plan/plan.ts";
import { assembled, type Configuration } from "../../../lib/core/render/configuration.ts";

function configuration(name: string): Configuration {
  const text = `\nbackend ${name}\n  server s1 10.0.0.1:80 disabled\n`;
  const maps = { "domain2backend.map": "", "app2backend.map": "" };
  return assembled({ chunks: [{ text }], maps, problems: [] });
}

const [a, b, c] = [configuration("a"), configuration("b"), configuration("c")];
const before = { text: "\nbackend z\n  server s1 10.0.0.1:80 disabled\n", maps: a.maps };

const gone = parseServerLine("  server s9 10.0.0.9:80")!;
const leftovers = new Map([["a/s9", gone]]);
/** Commands that return the leftover and leave another one behind. */
const changes: ServerChange[] = [
  { kind: "return", backend: "a", server: gone },
  { kind: "remove", backend: "b", server: gone },
];

const same: Loaded = { kind: "same", files: a, leftovers };
const ahead: Loaded = { kind: "ahead", files: a, pending: b, live: b, leftovers };
const states = {
  starting: { kind: "starting", files: a },
  unknown: { kind: "unknown", files: a },
  same,
  ahead,
  owing: { kind: "owing", files: b, before, from: same },
  astray: { kind: "astray", servers: ["a/s2"], from: same },
  "astray, ahead": { kind: "astray", servers: ["b/s2"], from: ahead },
} satisfies Record<string, Loaded>;

type Row = readonly [event: LoadedEvent, title: string, ...after: string[]];

/** What each event leads to, in the order of the states above. */
const transitions: readonly Row[] = [
  [
    { kind: "confirmed", configuration: c },
    "confirmed: nothing differs",
    ...["starting", "same", "same", "ahead", "owing", "astray", "astray, ahead"],
  ],
  [
    { kind: "commanded", configuration: c, changes },
    "commanded: HAProxy followed all commands",
    ...["starting", "ahead", "ahead", "ahead", "owing", "astray, ahead", "astray, ahead"],
  ],
  [
    { kind: "deleted", servers: ["a/s9"] },
    "deleted: HAProxy has deleted removed servers",
    ...["starting", "unknown", "same", "ahead", "owing", "astray", "astray, ahead"],
  ],
  [
    { kind: "strayed", servers: ["c/s1"] },
    "strayed: HAProxy did not follow a command",
    ...["starting", "astray", "astray", "astray, ahead", "owing", "astray", "astray, ahead"],
  ],
  [
    { kind: "written", configuration: b },
    "written: the files have caught up",
    ...["starting", "unknown", "same", "same", "owing", "astray", "astray"],
  ],
  [
    { kind: "replaced", configuration: c, before },
    "replaced: other files are in place for a reload",
    ...["owing", "owing", "owing", "owing", "owing", "owing", "owing"],
  ],
  [
    { kind: "restored" },
    "restored: HAProxy refused them, the old ones are back",
    ...["starting", "unknown", "same", "ahead", "same", "astray", "astray, ahead"],
  ],
  [
    { kind: "asked" },
    "asked: a request to load the files as they are",
    ...["owing", "owing", "owing", "owing", "owing", "owing", "owing"],
  ],
  [
    { kind: "loaded", configuration: c },
    "loaded: HAProxy has loaded what was written",
    ...["starting", "same", "same", "same", "same", "same", "same"],
  ],
  [
    { kind: "reread", edited: false },
    "reread: HAProxy has loaded the files as they were",
    ...["starting", "same", "same", "same", "same", "same", "same"],
  ],
  [
    { kind: "reread", edited: true },
    "reread: the same, edited by hand",
    ...["starting", "unknown", "unknown", "unknown", "unknown", "unknown", "unknown"],
  ],
  [
    { kind: "down" },
    "down: HAProxy does not run",
    ...["starting", "owing", "owing", "owing", "owing", "owing", "owing"],
  ],
  [
    { kind: "started" },
    "started: HAProxy was started with the files",
    ...["same", "unknown", "same", "owing", "owing", "same", "owing"],
  ],
];

/** The name of a state in the table. */
function nameOf(state: Loaded): string {
  return state.kind === "astray" && state.from.kind === "ahead" ? "astray, ahead" : state.kind;
}

for (const [event, title, ...after] of transitions) {
  Deno.test(`Loaded: ${title}`, () => {
    const found = Object.values(states).map((state) => nameOf(next(state, event)));
    assert.deepEqual(found, after);
  });
}

Deno.test("Loaded: the table of transitions in ARCHITECTURE.md is this one", async () => {
  const path = new URL("../../../ARCHITECTURE.md", import.meta.url);
  const text = await readFile(path, "utf8");
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const names = Object.keys(states);
  const table = [
    line(["Event", ...names]),
    line(["---", ...names.map(() => "---")]),
    ...transitions.map(([, title, ...after]) => line([title, ...after])),
  ];
  const [begin, end] = ["begin", "end"].map((what) => `<!-- The transitions of Loaded: ${what} -->`);
  const [head, rest = ""] = text.split(`${begin}\n`);
  const [inside = "", tail] = rest.split(end!);
  if (Deno.env.get("UPDATE_DOCS")) {
    return await writeFile(path, `${head}${begin}\n\n${table.join("\n")}\n\n${end}${tail}`);
  }
  // The formatter pads the cells.
  const plain = (row: string) => row.replace(/-+/g, "-").replace(/ +/g, " ");
  assert.deepEqual(inside.trim().split("\n").map(plain), table.map(plain), "UPDATE_DOCS=1 writes it");
});

Deno.test("Loaded: a reload that fails leads back to what was known before it", () => {
  for (const [name, state] of Object.entries(states)) {
    const replaced = next(state, { kind: "replaced", configuration: c, before });
    assert.equal(filesOf(replaced), c, name);
    assert.equal(liveOf(replaced), liveOf(state), name);
    assert.deepEqual(next(replaced, { kind: "restored" }), state, name);
  }
});

Deno.test("Loaded: what is on its way to the disk stays so until it is there", () => {
  const confirmed = next(ahead, { kind: "confirmed", configuration: c });
  assert.equal(liveOf(confirmed), c);
  assert.equal(next(confirmed, { kind: "written", configuration: a }).kind, "ahead");
  assert.deepEqual(next(confirmed, { kind: "written", configuration: b }), {
    kind: "same",
    files: c,
    leftovers,
  });
});

Deno.test("Loaded: files that were not loaded while HAProxy is down are owed, and nothing is known to run", () => {
  const replaced = next(same, { kind: "replaced", configuration: c, before });
  const down = next(replaced, { kind: "down" });
  assert.deepEqual([filesOf(down), liveOf(down), owesReload(down)], [c, undefined, true]);
});

Deno.test("Loaded: only owing and astray owe a reload", () => {
  const owed = Object.values(states).filter(owesReload).map(nameOf);
  assert.deepEqual(owed, ["owing", "astray", "astray, ahead"]);
  assert.equal(owesReload(nothingLoaded), false);
});

Deno.test("Loaded: servers rest that start in maintenance in what runs, that are astray, and that are gone", () => {
  const resting = Object.fromEntries(
    Object.entries(states).map(([name, state]) => [name, restingIn(state).join(" ")]),
  );
  assert.deepEqual(resting, {
    starting: "a/s1",
    unknown: "a/s1",
    same: "a/s1 a/s9",
    ahead: "b/s1 a/s9",
    owing: "a/s1 a/s9",
    astray: "a/s1 a/s2 a/s9",
    "astray, ahead": "b/s1 b/s2 a/s9",
  });
  const replaced = next(nothingLoaded, { kind: "replaced", configuration: c, before });
  assert.deepEqual([restingIn(nothingLoaded), restingIn(replaced)], [[], ["z/s1"]]);
});

Deno.test("Loaded: leftovers last until HAProxy loads files, however often commands change them", () => {
  const keysAfter = (state: Loaded, ...events: LoadedEvent[]) => [
    ...leftoversIn(events.reduce(next, state)).keys(),
  ];
  const commanded: LoadedEvent = { kind: "commanded", configuration: c, changes };
  const written: LoadedEvent = { kind: "written", configuration: c };
  const asked: LoadedEvent = { kind: "asked" };
  for (const state of [same, ahead, states.astray, states.owing]) {
    assert.deepEqual(keysAfter(state), ["a/s9"], state.kind);
    assert.deepEqual(keysAfter(state, commanded, written), ["b/s9"], state.kind);
    assert.deepEqual(keysAfter(state, { kind: "deleted", servers: ["a/s9", "a/s8"] }), [], state.kind);
    assert.deepEqual(keysAfter(state, { kind: "deleted", servers: ["b/s9"] }), ["a/s9"], state.kind);
    assert.deepEqual(keysAfter(state, { kind: "strayed", servers: [] }, asked), ["a/s9"], state.kind);
    assert.deepEqual(keysAfter(state, { kind: "confirmed", configuration: c }), ["a/s9"], state.kind);
    assert.deepEqual(keysAfter(state, { kind: "loaded", configuration: c }), [], state.kind);
    assert.deepEqual(keysAfter(state, { kind: "reread", edited: false }), [], state.kind);
    assert.deepEqual(keysAfter(state, { kind: "reread", edited: true }), [], state.kind);
    assert.deepEqual(keysAfter(state, { kind: "started" }), [], state.kind);
  }
  const replaced: LoadedEvent = { kind: "replaced", configuration: c, before };
  assert.deepEqual(keysAfter(same, replaced), ["a/s9"]);
  assert.deepEqual(keysAfter(same, replaced, { kind: "restored" }), ["a/s9"]);
});

Deno.test("Loaded: HAProxy that is not started yet stays so until it is, whatever happens to the files", () => {
  const replaced: LoadedEvent = { kind: "replaced", configuration: c };
  const placed = [replaced, { kind: "loaded", configuration: c } as const].reduce(next, notStarted);
  assert.deepEqual(placed, { kind: "starting", files: c });
  for (const state of [notStarted, placed, next(notStarted, replaced), next(placed, { kind: "asked" })]) {
    assert.ok(isStarting(state));
    assert.ok(!isStarting(next(state, { kind: "started" })));
  }
  assert.deepEqual(next(notStarted, { kind: "started" }), nothingLoaded);
  assert.equal(liveOf(next(placed, { kind: "started" })), c);
  for (const state of Object.values(states).slice(1)) assert.ok(!isStarting(state), state.kind);
});

const body = { text: "\ndefaults body_x\n", body: "body_x" };
const withBody = assembled({ chunks: [body], maps: a.maps, problems: [] });
const loadedBody = next(same, { kind: "loaded", configuration: withBody });
const arrivals = (kind: "came" | "went", at: number) => ({
  departures: kind === "went" ? [{ backend: "x_1", deletable: false }] : [],
  ports: [{ kind, backend: "x_1" }],
  at,
});
const commandedWith = (kind: "came" | "went", at: number): LoadedEvent => ({
  kind: "commanded",
  configuration: c,
  changes: [],
  arrivals: arrivals(kind, at),
});

Deno.test("Loaded: ports wait until HAProxy loads files, whatever else happens", () => {
  const came = next(loadedBody, commandedWith("came", 7));
  const waits = (...events: LoadedEvent[]) => [...straysIn(events.reduce(next, came))?.ports ?? []];
  const still = [["x_1", { kind: "came", since: 7 }]];
  const written: LoadedEvent = { kind: "written", configuration: c };
  const replaced: LoadedEvent = { kind: "replaced", configuration: b, before };
  assert.deepEqual(waits(), still);
  assert.deepEqual(waits(written), still);
  assert.deepEqual(waits(written, { kind: "confirmed", configuration: c }), still);
  assert.deepEqual(waits({ kind: "commanded", configuration: b, changes: [] }), still);
  assert.deepEqual(waits({ kind: "strayed", servers: [] }), still);
  assert.deepEqual(waits({ kind: "deleted", servers: [], backends: ["y"] }), still);
  assert.deepEqual(waits(replaced, { kind: "restored" }), still);
  assert.deepEqual(waits(replaced, { kind: "loaded", configuration: b }), []);
  assert.deepEqual(waits(written, { kind: "reread", edited: false }), []);
  assert.deepEqual(waits(written, { kind: "started" }), []);
  assert.deepEqual(waits(commandedWith("went", 9)), [], "the frontend was never loaded");
});

Deno.test("Loaded: bodies are those of the last load, and removed backends stay until they are deleted", () => {
  const states = [loadedBody, next(loadedBody, commandedWith("went", 7))] as const;
  for (const state of states) {
    assert.deepEqual([...straysIn(next(state, { kind: "written", configuration: c }))!.bodies], ["body_x"]);
  }
  const gone = (state: Loaded) => [...straysIn(state)!.gone.keys()];
  assert.deepEqual(states.map(gone), [[], ["x_1"]]);
  assert.deepEqual(gone(next(states[1], { kind: "deleted", servers: [], backends: ["x_1"] })), []);
  assert.equal(straysIn(next(loadedBody, { kind: "loaded", configuration: b })), undefined, "no bodies");
});
