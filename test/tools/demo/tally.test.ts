import assert from "node:assert/strict";
import { styleFor } from "../../../lib/core/style.ts";
import { describeAsBlock, describeAsLine, describeTotals, Tally } from "../../../tools/demo/tally.ts";

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

const snapshot = {
  seconds: 12.4,
  requests: 345,
  failures: 0,
  apps: [
    {
      id: "/web",
      vias: ["web.localhost/", "https"],
      tasks: new Map([["web.3f1c09aa-1", 3], ["web.91bd-2", 1]]),
    },
    { id: "/shop/cart", tasks: new Map() },
  ],
};

Deno.test("a snapshot as a block of lines in columns", () => {
  assert.deepEqual(describeAsBlock(snapshot, styleFor(false)), [
    "",
    "12 s, 345 requests, none failed; who answered just now:",
    "  /web        3f1c ■■■  91bd ■",
    "  /shop/cart  no answer",
  ]);
});

Deno.test("a snapshot as one line", () => {
  assert.equal(
    describeAsLine(snapshot),
    "12 s, 345 requests, none failed | /web 3f1c:3 91bd:1 | /shop/cart no answer",
  );
});

Deno.test("failed requests are counted out", () => {
  assert.equal(describeTotals({ seconds: 1, requests: 9, failures: 2 }), "1 s, 9 requests, 2 failed");
});
