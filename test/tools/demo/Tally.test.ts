import assert from "node:assert/strict";
import { Tally } from "../../../tools/demo/Tally.ts";

Deno.test("a tally counts every answer, and by task those that are recent", () => {
  const tally = new Tally(1000);
  tally.add({ app: "/web", task: "web.b" }, 0);
  tally.add({ app: "/web", task: "web.b" }, 500);
  tally.add({ app: "/web", task: "web.a" }, 600);
  tally.add({ app: "/api", task: "api.c" }, 700);
  tally.add({ app: "/api", problem: "/api by https: status 503" }, 800);
  assert.deepEqual([...tally.recent("/web", 999)], [["web.a", 1], ["web.b", 2]]);
  assert.deepEqual([...tally.recent("/web", 1000)], [["web.a", 1], ["web.b", 1]]);
  assert.deepEqual([...tally.recent("/api", 1700)], []);
  assert.deepEqual([tally.requests, tally.failures], [5, 1]);
});
