import assert from "node:assert/strict";
import { demoApps, demoChanges, describeChange, membersOf } from "../../../tools/demo/apps.ts";

Deno.test("every change is one: no app is scaled to what it has, nor deployed as it is", () => {
  const state = new Map<string, unknown>(
    demoApps.map(({ id, instances }) => [id, { instances, env: undefined }]),
  );
  // Twice, because the changes go round.
  for (const change of [...demoChanges, ...demoChanges]) {
    const before = state.get(change.app);
    assert.ok(before, `${change.app} is an app of the demo`);
    const after = { ...before, ...membersOf(change) };
    assert.notDeepEqual(after, before, describeChange(change, 0));
    state.set(change.app, after);
  }
});

Deno.test("a change in words", () => {
  assert.equal(describeChange({ app: "/web", instances: 4 }, 2), "/web: scaling 2 -> 4");
  assert.equal(describeChange({ app: "/web", release: "blue" }, 2), "/web: deploying the release blue");
});
