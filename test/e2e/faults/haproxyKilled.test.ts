import assert from "node:assert/strict";
import process from "node:process";
import { eventually } from "../../../tools/harness/eventually.ts";
import { endToEnd } from "../support/endToEnd.ts";
import { PacedTraffic } from "../support/PacedTraffic.ts";
import { processesNaming } from "../support/processesNaming.ts";
import { late, untilLate } from "./support/late.ts";
import { measure, stopwatch } from "./support/measure.ts";
import { host, startMarathon } from "./support/underTraffic.ts";

for (const victim of ["worker", "master"] as const) {
  endToEnd(`HAProxy's ${victim} killed: one pause, then everything is right again`, async (bench) => {
    const marathon = await startMarathon(bench);
    const lb = await bench.serve();
    const pids = (await bench.ask("/_haproxy_getpids")).split(" ").map(Number);
    await using traffic = new PacedTraffic(bench.http, host);
    await traffic.untilSteady();
    assert.deepEqual(traffic.failures, [], "before");

    const time = stopwatch();
    process.kill(pids[victim === "master" ? 0 : 1]!, "SIGKILL");
    await lb.until(/HAProxy restarted/);
    measure(`${victim} killed: started again after`, time());
    await traffic.untilSteady();
    // Changes are taken up as before, without a loss.
    const lost = traffic.failures.length;
    await marathon.createApp(await late());
    await untilLate(bench);
    await traffic.untilSteady();
    await traffic[Symbol.asyncDispose]();

    const { outage, asked, reasons } = traffic;
    measure(
      `${victim} killed`,
      `${lost} of ${asked.length} requests lost in ${outage.toFixed(2)} s: ${reasons}`,
    );
    // What is being answered, and what comes during the pause, cannot be saved: nobody listens.
    assert.ok(lost > 0);
    assert.equal(traffic.failures.length, lost, "lost after it was started again");
    assert.equal(lb.count(/HAProxy exited unexpectedly/), 1);
    await eventually(() => assert.equal(processesNaming(bench.configFile).length, 2));
  });
}
