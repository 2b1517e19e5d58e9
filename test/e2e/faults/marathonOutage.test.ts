import assert from "node:assert/strict";
import { endToEnd } from "../support/endToEnd.ts";
import { measure, stopwatch } from "./support/measure.ts";
import { type Scene, startMarathon, taskIds, underTraffic, withTraffic } from "./support/underTraffic.ts";

/** Nothing but the pauses of the event stream depends on it; they would be minutes. */
const flags = ["--max-backoff", "1"];
const noAnswer = /ERROR marathon_lb: Marathon did not answer GET \/v2\/apps/;

/** What must not change while Marathon is away. */
async function whatServes({ bench }: Pick<Scene, "bench">): Promise<string[]> {
  return [await bench.readConfig(), await bench.ask("/_haproxy_getpids")];
}

endToEnd(
  "Marathon down at the start: the last good configuration serves, then what is new",
  async (bench) => {
    const marathon = await startMarathon(bench);
    await bench.stop(await bench.serve());
    await marathon.stopNode(0);

    const lb = bench.start({ flags });
    await lb.until(/HAProxy serves/);
    await withTraffic({ bench, marathon, lb }, async (scene) => {
      const before = await whatServes(scene);
      await lb.until(/GET \/v2\/apps.* Retrying in 2 s/);
      assert.deepEqual(await whatServes(scene), before);
      await marathon.scale("/web", 3);
      await marathon.settled();
      await marathon.startNode(0);
      const time = stopwatch();
      await scene.traffic.untilAnsweredBy(taskIds(marathon));
      measure("down at the start, right again after", time());
    });
  },
);

endToEnd(
  "a controller killed while Marathon is down: the next one serves on, and catches up",
  async (bench) => {
    const marathon = await startMarathon(bench);
    const killed = await bench.serve();
    await withTraffic({ bench, marathon, lb: killed }, async ({ traffic }) => {
      await marathon.stopNode(0);
      killed.signal("SIGKILL");
      await killed.exited;
      await marathon.scale("/web", 3);
      await marathon.settled();

      const lb = bench.start({ flags });
      await lb.until(/Adopted the HAProxy of an earlier start/);
      await lb.until(noAnswer);
      await marathon.startNode(0);
      const time = stopwatch();
      await traffic.untilAnsweredBy(taskIds(marathon));
      measure("killed while Marathon is down, right again after", time());
    });
  },
);

for (
  const [what, more, path] of [
    ["all apps", ["--full-fetch"], "/v2/apps"],
    ["one app", [], "/v2/apps/web"],
  ] as const
) {
  endToEnd(
    `Marathon goes down in the middle of an answer with ${what}`,
    (bench) =>
      underTraffic(bench, { flags: [...flags, ...more] }, async (scene) => {
        const { marathon, lb, traffic } = scene;
        const before = await whatServes(scene);
        const begin = lb.lines.length;
        const asked = marathon.requests.count("/v2/apps");
        // The head and half of the body of one answer, and nothing of the next: that is one with all apps in any case.
        const faults = [{ path, truncate: true, times: 1 }, { path: "/v2/apps*", hang: true }]
          .map((fault) => marathon.faults.add(fault));
        await marathon.scale("/web", 3);
        await marathon.settled();
        await marathon.requests.until("/v2/apps", asked + (path === "/v2/apps" ? 2 : 1));
        await marathon.stopNode(0);
        await lb.until(new RegExp(`GET ${path}: .*closed before the answer was complete`), begin);
        await lb.until(/GET \/v2\/apps: .*Retrying in 4 s/, begin);
        assert.deepEqual(await whatServes(scene), before);

        for (const fault of faults) marathon.faults.remove(fault);
        await marathon.startNode(0);
        const time = stopwatch();
        await traffic.untilAnsweredBy(taskIds(marathon));
        measure("down in the middle of an answer, right again after", time());
      }),
  );
}

endToEnd(
  "Marathon away for several attempts: nothing changes, pauses grow, then all changes are there",
  (bench) =>
    underTraffic(bench, { flags }, async (scene) => {
      const { marathon, lb, traffic } = scene;
      const before = await whatServes(scene);
      const begin = lb.lines.length;
      await marathon.stopNode(0);
      lb.signal("SIGHUP");
      for (const seconds of [1, 2, 4]) {
        await lb.until(new RegExp(`${noAnswer.source}.* Retrying in ${seconds} s$`), begin);
      }
      // Ticks of whatever kind do not shorten the pauses.
      for (let tick = 0; tick < 5; tick++) lb.signal("SIGHUP");
      assert.deepEqual(await whatServes(scene), before);
      await marathon.scale("/web", 4);
      await marathon.settled();

      await marathon.startNode(0);
      const time = stopwatch();
      await traffic.untilAnsweredBy(taskIds(marathon));
      measure("away for 7 s, right again after", time());
      const attempts = lb.lines.slice(begin).filter((line) => noAnswer.test(line)).length;
      assert.ok(attempts <= 4, `${attempts} attempts in a pause of 7 s`);
      // Events are heard again, too.
      await lb.until(/Event stream of .* connected/, begin);
      await scene.scaleBy(1);
    }),
);
