import assert from "node:assert/strict";
import process from "node:process";
import { endToEnd } from "../support/endToEnd.ts";
import { eventually } from "../../../tools/harness/eventually.ts";
import { late, untilLate } from "./support/late.ts";
import { measure, stopwatch } from "./support/measure.ts";
import { startMarathon, underTraffic } from "./support/underTraffic.ts";
import type { Bench } from "../support/Bench.ts";

async function masterAndWorker(bench: Bench): Promise<[number, number]> {
  const [master, worker] = (await bench.ask("/_haproxy_getpids")).split(" ").map(Number);
  return [master!, worker!];
}

endToEnd(
  "HAProxy's master stopped: the worker keeps serving, changes wait until it resumes",
  (bench) =>
    underTraffic(bench, {}, async ({ lb, traffic, marathon }) => {
      const [master] = await masterAndWorker(bench);
      process.kill(master, "SIGSTOP");
      await marathon.createApp(await late());
      await lb.until(new RegExp(`ERROR .*master \\(process ${master}\\) is stopped.*SIGCONT`));
      await lb.until(/The state of the servers is lost.*did not answer.*stopped by SIGSTOP/);
      assert.deepEqual(traffic.failures, []);

      const time = stopwatch();
      process.kill(master, "SIGCONT");
      await untilLate(bench);
      measure("master stopped: right again after SIGCONT within", time());
      await lb.until(new RegExp(`INFO .*process ${master} runs again`));
      assert.deepEqual(await masterAndWorker(bench).then(([pid]) => pid), master);
      assert.equal(lb.count(/HAProxy exited unexpectedly/), 0);
    }),
);

endToEnd(
  "HAProxy's worker stopped: it is logged, requests wait, and are answered once it resumes",
  (bench) =>
    underTraffic(bench, {}, async ({ lb, traffic, scaleBy }) => {
      const [, worker] = await masterAndWorker(bench);
      process.kill(worker, "SIGSTOP");
      await lb.until(
        new RegExp(`ERROR .*worker \\(process ${worker}\\) is stopped, connections to it .*SIGCONT`),
      );
      const { answered } = traffic;
      process.kill(worker, "SIGCONT");
      const time = stopwatch();
      await eventually(() => assert.ok(traffic.answered > answered + 100));
      measure("worker stopped: right again after SIGCONT within", time());
      await scaleBy(1);
      assert.equal(lb.count(/HAProxy exited unexpectedly/), 0);
    }),
);

for (const victim of ["master", "worker"] as const) {
  endToEnd(`a stopped ${victim} of HAProxy does not keep us from ending`, async (bench) => {
    const marathon = await startMarathon(bench);
    const lb = await bench.serve();
    const [master, worker] = await masterAndWorker(bench);
    process.kill(victim === "master" ? master : worker, "SIGSTOP");
    if (victim === "master") {
      // In the middle of a reload that would take the whole time-out.
      await marathon.createApp(await late());
      await lb.until(/master .* is stopped/);
    }
    const time = stopwatch();
    await bench.stop(lb);
    measure(`${victim} stopped: TERM ends it in`, time());
    assert.equal(lb.count(/HAProxy has stopped/), 1, "softly");
  });
}
