import assert from "node:assert/strict";
import type { Fault } from "../../../tools/simulated-marathon/faults/Fault.ts";
import { endToEnd } from "../support/endToEnd.ts";
import { measure, stopwatch } from "./support/measure.ts";
import { taskIds, underTraffic } from "./support/underTraffic.ts";

endToEnd(
  "every second request 5xx: each change is taken up nevertheless",
  (bench) =>
    underTraffic(bench, { flags: ["--max-backoff", "1"] }, async ({ marathon, scaleBy, lb }) => {
      marathon.faults.add({ every: 2, status: 503 });
      for (let change = 0; change < 4; change++) await scaleBy(1);
      assert.ok(lb.count(/GET \/v2\/apps\S*: .*HTTP 503/) > 0, "no request was refused");
    }),
);

/** Answers to the question for the apps that are no list of apps, and how the log tells of them. */
const answers: readonly (readonly [name: string, fault: Fault, told: RegExp])[] = [
  ["always 500", { status: 500 }, /HTTP 500/],
  ["malformed JSON", { malformed: true }, /the answer is not JSON/],
  ["JSON that breaks off with its connection", { truncate: true }, /closed before the answer was complete/],
  ["no answer at all", { drop: true }, /closed before the answer was complete/],
  ["an empty body", { body: "" }, /the answer is not JSON/],
  ["null", { body: "null" }, /Marathon's answer is .*; expected \{"apps": \[…\]\}/],
  [
    "apps that are no list",
    { body: '{"apps":{"id":"/web"}}' },
    /Marathon's answer is .*; expected \{"apps": \[…\]\}/,
  ],
  [
    "an error with status 200",
    { body: '{"message":"no leader"}' },
    /Marathon's answer is .*; expected \{"apps": \[…\]\}/,
  ],
];
for (const [name, fault, told] of answers) {
  endToEnd(
    `an answer that is ${name}: nothing changes until there is a right one`,
    (bench) =>
      underTraffic(bench, {}, async ({ bench, marathon, lb, traffic }) => {
        const before = [await bench.readConfig(), await bench.ask("/_haproxy_getpids")];
        const begin = lb.lines.length;
        const id = marathon.faults.add({ path: "/v2/apps*", ...fault });
        await marathon.scale("/web", 3);
        await marathon.settled();
        // First the app is asked for that events have named, then all apps are.
        await lb.until(/Retrying in 1 s/, begin);
        assert.match(await lb.until(/Retrying in 2 s/, begin), told);
        assert.deepEqual([await bench.readConfig(), await bench.ask("/_haproxy_getpids")], before);

        marathon.faults.remove(id);
        const time = stopwatch();
        await traffic.untilAnsweredBy(taskIds(marathon));
        measure(`${name}, right again after`, time());
      }),
  );
}
