import assert from "node:assert/strict";
import { addChange, type Change, changesJson, type NewChange } from "../../../lib/core/status/timeline.ts";

const change = (more: Partial<NewChange> = {}): NewChange => ({
  at: 1_000,
  how: "commands",
  what: ["backend a: 1 server"],
  asked: ["status_update_event"],
  why: [],
  milliseconds: 12.345,
  ...more,
});
const all = (...changes: NewChange[]) => changes.reduce<readonly Change[]>(addChange, []);

Deno.test("timeline: the newest first, and the last 500", () => {
  const changes = all(...Array.from({ length: 510 }, (_, at) => change({ at })));
  assert.deepEqual([changes.length, changes[0]!.at, changes.at(-1)!.at], [500, 509, 10]);
});

Deno.test("timeline: synchronisations that change nothing, and failures of one reason, are one entry that counts", () => {
  const changes = all(
    change({ how: "nothing", apps: ["/a"] }),
    change({ how: "nothing", apps: ["/b", "/a"], at: 2_000 }),
    change({ how: "failed", why: ["refused"] }),
    change({ how: "failed", why: ["refused"] }),
    change({ how: "failed", why: ["no disk"] }),
    change({ how: "commands" }),
    change({ how: "commands" }),
  );
  assert.deepEqual(changes.map(({ how, times, why }) => [how, times, ...why]), [
    ["commands", 1],
    ["commands", 1],
    ["failed", 1, "no disk"],
    ["failed", 2, "refused"],
    ["nothing", 2],
  ]);
  assert.deepEqual([changes.at(-1)!.apps, changes.at(-1)!.at], [["/b", "/a"], 2_000]);
});

Deno.test("timeline: names the first apps and counts all", () => {
  const [one] = all(change({ apps: Array.from({ length: 1_000 }, (_, n) => `/app-${n}`) }));
  assert.deepEqual([one!.apps.length, one!.appCount], [20, 1_000]);
});

Deno.test("changesJson: times in ISO 8601, as many as asked for", () => {
  assert.deepEqual(changesJson(all(change(), change({ commands: 3, apps: ["/a"] })), 1), [{
    at: "1970-01-01T00:00:01.000Z",
    how: "commands",
    what: ["backend a: 1 server"],
    asked: ["status_update_event"],
    commands: 3,
    why: [],
    apps: ["/a"],
    appCount: 1,
    times: 1,
    milliseconds: 12.3,
  }]);
});
