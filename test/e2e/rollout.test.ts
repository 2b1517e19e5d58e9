import assert from "node:assert/strict";
import type { SimulatedMarathon } from "../../tools/simulated-marathon/SimulatedMarathon.ts";
import type { Bench } from "./support/Bench.ts";
import { withoutReload, withReload } from "./support/changes.ts";
import { endToEnd } from "./support/endToEnd.ts";
import { Traffic } from "./support/Traffic.ts";
import { webApp } from "./support/webApp.ts";
import { Wrk } from "./support/Wrk.ts";

/** As long as tasks of Mesos are given before they are killed. */
const timings = { killGraceMs: 3_000 };

/** How HAProxy takes changes over, and the flags for that. */
const ways = {
  "by commands": [],
  "by reloads": ["--no-runtime-updates"],
} as const;
type Way = keyof typeof ways;

for (const way of Object.keys(ways) as Way[]) {
  endToEnd(
    `scales an app from 1 to 5 tasks and back under load ${way} without a failed request`,
    async (bench) => {
      const marathon = await bench.startMarathon({ timings });
      await underLoad(bench, marathon, { way, instances: 1 }, async (traffic) => {
        await marathon.scale("/web", 5);
        await marathon.settled();
        const five = taskIds(marathon);
        assert.equal(five.length, 5);
        await traffic.untilAnsweredBy(five);

        await marathon.scale("/web", 1);
        await marathon.settled();
        const one = taskIds(marathon);
        assert.equal(one.length, 1);
        await traffic.untilAnsweredBy(one);
      });
    },
  );

  endToEnd(`lets an app be redeployed under load ${way} without a failed request`, async (bench) => {
    const marathon = await bench.startMarathon({ timings });
    await underLoad(bench, marathon, { way, instances: 2 }, async (traffic) => {
      const before = taskIds(marathon);
      await marathon.restart("/web");
      await marathon.settled();
      const after = taskIds(marathon);
      assert.deepEqual(after.filter((id) => before.includes(id)), []);
      await traffic.untilAnsweredBy(after);
    });
  });
}

/** Runs a rollout while `wrk` and clients of ours ask, all of whose requests have to be answered. */
async function underLoad(
  bench: Bench,
  marathon: SimulatedMarathon,
  { way, instances }: { way: Way; instances: number },
  rollout: (traffic: Traffic) => Promise<void>,
): Promise<void> {
  await marathon.createApp(await webApp("/web", { instances, labels: { HAPROXY_0_VHOST: "web.test" } }));
  await marathon.settled();
  await bench.serve({ flags: ways[way] });

  await using wrk = new Wrk(bench.http, "web.test");
  await using traffic = new Traffic(bench.http, "web.test");
  await traffic.untilAnsweredBy(taskIds(marathon));
  if (way === "by commands") await withoutReload(bench, () => rollout(traffic));
  else await withReload(bench, "none", () => rollout(traffic));
  await wrk.finish();
  assert.deepEqual(traffic.failures, []);
}

function taskIds(marathon: SimulatedMarathon): string[] {
  return marathon.tasks("/web").map(({ id }) => String(id));
}
