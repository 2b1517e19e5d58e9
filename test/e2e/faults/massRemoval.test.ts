import assert from "node:assert/strict";
import type { Bench } from "../support/Bench.ts";
import { endToEnd } from "../support/endToEnd.ts";
import { eventually } from "../../../tools/harness/eventually.ts";
import { Traffic } from "../support/Traffic.ts";
import { measure, stopwatch } from "./support/measure.ts";
import {
  host,
  type Scene,
  startMarathon,
  taskIds,
  underTraffic,
  withTraffic,
} from "./support/underTraffic.ts";

const apps = "/v2/apps";
const held = /WARNING marathon_lb: Marathon's answer removes nearly everything/;
const delay = ["--mass-removal-delay", "1"];
/** For what is asserted while it is held back: not over before the assertion on a busy machine. */
const longDelay = ["--mass-removal-delay", "4"];

/** Asks for a look at the apps. */
const look = ({ lb }: Pick<Scene, "lb">) => lb.signal("SIGHUP");

function isCut(bench: Bench): Promise<void> {
  return eventually(async () => assert.equal((await bench.get(host)).status, 503));
}

endToEnd(
  "one empty answer cuts nothing",
  (bench) =>
    underTraffic(bench, { flags: delay, furtherApps: 2 }, async (scene) => {
      const { marathon, lb } = scene;
      const before = [await bench.readConfig(), await bench.ask("/_haproxy_getpids")];
      for (let time = 0; time < 3; time++) {
        const begin = lb.lines.length;
        marathon.faults.add({ path: apps, empty: true, times: 1 });
        look(scene);
        await lb.until(held, begin);
        // The answer that should have confirmed it.
        await lb.until(/Nothing to do .*triggered by an answer that was held back/, begin);
      }
      assert.deepEqual([await bench.readConfig(), await bench.ask("/_haproxy_getpids")], before);
    }),
);

endToEnd(
  "empty answers and failures in turn cut nothing before an answer is right",
  (bench) =>
    underTraffic(bench, { flags: ["--mass-removal-delay", "3"] }, async (scene) => {
      const { marathon, lb } = scene;
      const begin = lb.lines.length;
      marathon.faults.add({ path: apps, empty: true, times: 2 });
      marathon.faults.add({ path: apps, status: 503, times: 1 });
      look(scene);
      await lb.until(held, begin);
      look(scene);
      await lb.until(/HTTP 503.*Retrying in/, begin);
      await lb.until(/Nothing to do .*triggered by .*an earlier failure/, begin);
      assert.equal(lb.lines.slice(begin).filter((line) => /Applied/.test(line)).length, 0);
    }),
);

/** Lets Marathon's answers be so for good; resolves once the first is held back, with traffic as before. */
async function answerSo(
  scene: Pick<Scene, "marathon" | "lb" | "traffic">,
  fault: { empty: true } | { body: string },
): Promise<void> {
  const { marathon, lb, traffic } = scene;
  const begin = lb.lines.length;
  marathon.faults.add({ path: apps, ...fault });
  look(scene);
  await lb.until(held, begin);
  const { answered } = traffic;
  await eventually(() => assert.ok(traffic.answered > answered + 20, "HAProxy serves while it is held back"));
}

endToEnd(
  "answers that stay empty are applied after the delay, and apps that are back at once",
  async (bench) => {
    const marathon = await startMarathon(bench, { furtherApps: 2 });
    const lb = await bench.serve({ flags: longDelay });
    const begin = lb.lines.length;
    await using traffic = new Traffic(bench.http, host);
    await traffic.untilAnsweredBy(taskIds(marathon));
    const held = stopwatch();
    await answerSo({ marathon, lb, traffic }, { empty: true });
    // Not one of those whose answer came before the second empty answer of Marathon.
    assert.deepEqual(traffic.failures, []);
    await lb.until(/Applied .*triggered by .*an answer that was held back/, begin);
    measure("answers that stay empty are applied after", held());
    await isCut(bench);

    marathon.faults.clear();
    look({ lb });
    const back = stopwatch();
    await traffic.untilAnsweredBy(taskIds(marathon));
    measure("apps that are back serve after", back());
  },
);

endToEnd(
  "an answer with under a tenth of apps and tasks is held, then applied",
  (bench) =>
    underTraffic(bench, { flags: longDelay, furtherApps: 24 }, async (scene) => {
      const { marathon, lb } = scene;
      const begin = lb.lines.length;
      const response = await fetch(`${marathon.url}${apps}?embed=apps.tasks`);
      const all: { apps: { id: string }[] } = await response.json();
      const web = all.apps.filter(({ id }) => id === "/web");
      const served = (text: string) => text.match(/^backend more/gm)?.length ?? 0;
      assert.equal(served(await bench.readConfig()), 24);
      await answerSo(scene, { body: JSON.stringify({ apps: web }) });
      assert.equal(served(await bench.readConfig()), 24);
      await lb.until(/Applied .*triggered by .*an answer that was held back/, begin);
      // What is still there is served without a break.
      assert.equal(served(await bench.readConfig()), 0);

      marathon.faults.clear();
      look(scene);
      await eventually(async () => assert.equal(served(await bench.readConfig()), 24));
    }),
);

endToEnd("an empty answer to a new controller cuts nothing of what an earlier one left", async (bench) => {
  const marathon = await startMarathon(bench, { furtherApps: 2 });
  const killed = await bench.serve();
  await withTraffic({ bench, marathon, lb: killed }, async () => {
    killed.signal("SIGKILL");
    await killed.exited;
    marathon.faults.add({ path: apps, empty: true, times: 1 });
    const lb = bench.start({ flags: delay });
    await lb.until(/Adopted the HAProxy of an earlier start/);
    await lb.until(held);
    await lb.until(/Nothing to do/);
  });
});

endToEnd("--mass-removal-delay 0 applies an empty answer at once", async (bench) => {
  const marathon = await startMarathon(bench);
  const lb = await bench.serve({ flags: ["--mass-removal-delay", "0"] });
  const begin = lb.lines.length;
  marathon.faults.add({ path: apps, empty: true });
  look({ lb });
  await lb.until(/Applied .*\(0 apps, 0 services\)/, begin);
  await isCut(bench);
  assert.equal(lb.count(held), 0);
});
