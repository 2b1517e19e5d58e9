import assert from "node:assert/strict";
import { freePort } from "../../../tools/harness/freePort.ts";
import { endToEnd } from "../support/endToEnd.ts";
import { measure, stopwatch } from "./support/measure.ts";
import { type Scene, startMarathon, taskIds, underTraffic, withTraffic } from "./support/underTraffic.ts";

const nodes = 3;
const flags = ["--max-backoff", "1"];

/** Changes the leader and the app at the same time; resolves once Marathon's tasks answer. */
async function changeLeader(
  { marathon, traffic }: Scene,
  what: string,
  change: () => Promise<void>,
): Promise<void> {
  await change();
  await marathon.scale("/web", taskIds(marathon).length + 1);
  const time = stopwatch();
  await marathon.settled();
  await traffic.untilAnsweredBy(taskIds(marathon));
  measure(`${what}, right again after`, time());
}

for (const [name, listed] of [["all Marathons are listed", nodes], ["one Marathon is listed", 1]] as const) {
  endToEnd(
    `leaders change while ${name}, each with a scale directly after`,
    (bench) =>
      underTraffic(bench, { marathon: { nodes }, flags, listed }, async (scene) => {
        const { marathon } = scene;
        const leaders = new Set<number>();
        for (let round = 0; round < 3; round++) {
          await changeLeader(scene, "leader abdicated", () => Promise.resolve(marathon.abdicate()));
          leaders.add(marathon.leader!);
        }
        assert.equal(leaders.size, 3);
      }),
  );
}

endToEnd(
  "the leader is stopped, then the next one: the last one reports changes",
  (bench) =>
    underTraffic(bench, { marathon: { nodes }, flags, listed: nodes }, async (scene) => {
      const { marathon } = scene;
      for (let round = 0; round < 2; round++) {
        await changeLeader(scene, "leader stopped", () => marathon.stopNode(marathon.leader!));
      }
      // The others are back, and none of them leads.
      for (const node of [0, 1]) await marathon.startNode(node);
      await scene.scaleBy(1);
    }),
);

endToEnd(
  "no leader for a while: nothing changes, then what the new one has",
  (bench) =>
    underTraffic(bench, { marathon: { nodes }, flags, listed: nodes }, async (scene) => {
      const { marathon, lb } = scene;
      const before = [await bench.readConfig(), await bench.ask("/_haproxy_getpids")];
      const begin = lb.lines.length;
      await changeLeader(scene, "no leader", async () => {
        marathon.setLeader(undefined);
        lb.signal("SIGHUP");
        await lb.until(/GET \/v2\/apps: .*HTTP 503.*Retrying in 2 s/, begin);
        assert.deepEqual([await bench.readConfig(), await bench.ask("/_haproxy_getpids")], before);
        marathon.setLeader(2);
      });
    }),
);

for (const [name, loses] of [["keeps", false], ["loses", true]] as const) {
  endToEnd(`event: the new leader ${name} our subscription, and a scale is taken up`, async (bench) => {
    const marathon = await startMarathon(bench, { marathon: { nodes } });
    const address = `127.0.0.1:${await freePort()}`;
    const lb = bench.spawn(["event", address, ...bench.flags, "--marathon", ...marathon.urls]);
    await lb.until(/triggered by .*a new subscription to events/);
    await withTraffic({ bench, marathon, lb }, async (scene) => {
      const begin = lb.lines.length;
      const url = `http://${address}`;
      assert.deepEqual(marathon.subscriptions.urls, [url]);
      await changeLeader(scene, `leader abdicated, ${name} the subscription`, async () => {
        marathon.abdicate();
        // It told of itself before.
        if (loses) marathon.subscriptions.remove(url);
        await Promise.resolve();
      });
      assert.deepEqual(marathon.subscriptions.urls, [url]);
      if (loses) await lb.until(/WARNING .*Marathon lost the subscription/, begin);
    });
  });
}
