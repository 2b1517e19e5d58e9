import assert from "node:assert/strict";
import { FetchPlanner } from "../../../lib/core/marathon/fetchPlanner.ts";

const interval = 300_000;

/** A planner whose last full fetch was at 0, and found changes in these apps that no event had told of. */
function planner(changed: string[] = [], incremental = true): FetchPlanner {
  const one = new FetchPlanner({ incremental, interval });
  one.fetchedAll(changed, 0);
  return one;
}

const set = (...ids: string[]) => new Set(ids);
const reason = (plan: ReturnType<FetchPlanner["plan"]>) => plan.kind === "all" ? plan.reason : plan.ids;

Deno.test("FetchPlanner: apps that events name are asked for alone", () => {
  assert.deepEqual(planner().plan(set("/a", "/b"), 10, 1), { kind: "some", ids: ["/a", "/b"] });
});

Deno.test("FetchPlanner: all apps are asked for where that is not enough", () => {
  const fresh = new FetchPlanner({ incremental: true, interval });
  const doubtful = planner();
  doubtful.doubt();
  const many = new Set(Array.from({ length: 201 }, (_, index) => `/a${index}`));
  for (
    const [expected, plan] of [
      ["--full-fetch", planner([], false).plan(set("/a"), 10, 1)],
      ["nothing is known yet", fresh.plan(set("/a"), 0, 1)],
      ["nothing is known yet", doubtful.plan(set("/a"), 10, 1)],
      ["it is not known which apps changed", planner().plan(undefined, 10, 1)],
      ["it is not known which apps changed", planner().plan(set(), 10, 1)],
      ["the last full fetch is long ago", planner().plan(set("/a"), 10, interval)],
      ["201 apps changed", planner().plan(many, 4_019, 1)],
    ] as const
  ) {
    assert.equal(reason(plan), expected);
  }
});

Deno.test("FetchPlanner: many apps are asked for alone where they are few of all, and while they are not many", () => {
  const ids = (count: number) => new Set(Array.from({ length: count }, (_, index) => `/a${index}`));
  assert.equal(planner().plan(ids(201), 4_020, 1).kind, "some");
  assert.equal(planner().plan(ids(200), 200, 1).kind, "some");
  assert.equal(planner().plan(set("/a"), 10, interval - 1).kind, "some");
});

Deno.test("FetchPlanner: a change without an event is reported once, after the time for the event", () => {
  const one = planner(["/a", "/b"]);
  assert.deepEqual(one.unannounced(set(), 4_999), []);
  assert.deepEqual(one.unannounced(set("/b"), 5_000), ["/a"]);
  assert.deepEqual(one.unannounced(set(), 6_000), []);
  assert.equal(reason(one.plan(set("/c"), 10, 6_000)), "earlier changes came without an event");
});

Deno.test("FetchPlanner: an event that comes later, however late it is seen, clears the change", () => {
  const one = planner(["/a"]);
  assert.deepEqual(one.unannounced(set("/a"), 60_000), []);
  assert.deepEqual(one.unannounced(set(), 70_000), []);
  assert.equal(one.plan(set("/c"), 10, 70_000).kind, "some");
});

Deno.test("FetchPlanner: events are trusted again after a full fetch that finds nothing without one", () => {
  const one = planner(["/a"]);
  one.unannounced(set(), 5_000);
  one.fetchedAll([], 6_000);
  assert.equal(one.plan(set("/c"), 10, 7_000).kind, "some");
});

Deno.test("FetchPlanner: not after one that does; then once the events have come, or a later one finds nothing", () => {
  for (const heals of ["events", "fetch"]) {
    const one = planner(["/a"]);
    one.unannounced(set(), 5_000);
    one.fetchedAll(["/b", "/c"], 6_000);
    assert.deepEqual(one.unannounced(set("/b"), 6_500), []);
    assert.equal(one.plan(set("/x"), 10, 6_500).kind, "all");
    if (heals === "events") assert.deepEqual(one.unannounced(set("/c"), 20_000), []);
    else {
      assert.deepEqual(one.unannounced(set(), 20_000), ["/c"]);
      assert.equal(one.plan(set("/x"), 10, 20_000).kind, "all");
      one.fetchedAll([], 20_000);
    }
    assert.equal(one.plan(set("/x"), 10, 20_500).kind, "some");
  }
});

Deno.test("FetchPlanner: a later full fetch takes the place of what an earlier one suspected", () => {
  const one = planner(["/a"]);
  one.fetchedAll(["/b"], 1_000);
  assert.deepEqual(one.unannounced(set(), 5_999), []);
  assert.deepEqual(one.unannounced(set(), 6_000), ["/b"]);
});

Deno.test("FetchPlanner: doubt lasts until the next full fetch", () => {
  const one = planner();
  one.doubt();
  assert.equal(one.plan(set("/a"), 10, 1).kind, "all");
  one.fetchedAll([], 2);
  assert.equal(one.plan(set("/a"), 10, 3).kind, "some");
});
