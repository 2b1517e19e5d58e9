import assert from "node:assert/strict";
import { describeAsBlock, describeAsLine, describeTotals } from "../../../tools/demo/describeTally.ts";

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
  assert.deepEqual(describeAsBlock(snapshot), [
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
