import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import type { Bench } from "../support/Bench.ts";
import { endToEnd } from "../support/endToEnd.ts";
import { Gate } from "../support/Gate.ts";
import { late } from "./support/late.ts";
import { measure, stopwatch } from "./support/measure.ts";
import { startMarathon } from "./support/underTraffic.ts";

/** The files that HAProxy reads, and the names of all in the work directory. */
async function files(bench: Bench): Promise<unknown> {
  // The lock is there for as long as the process.
  const passing = ["archive", ".marathon-lb.lock"];
  const names = (await readdir(bench.path("work"))).filter((name) => !passing.includes(name)).sort();
  const maps = ["domain2backend.map", "app2backend.map"];
  const texts = maps.map((name) => readFile(bench.path(`work/${name}`), "utf8"));
  return [names, await bench.readConfig(), ...await Promise.all(texts)];
}

// What arrives needs a reload on each HAProxy.
const reloading = ["--haproxy-map", "--group-https-by-vhost"];
const flags = [...reloading, "--shutdown-timeout", "1"];

endToEnd("TERM in the middle of a validation: the files are the last good ones", async (bench) => {
  const gate = await Gate.prepare(bench);
  const marathon = await startMarathon(bench);
  const lb = await bench.serve({ flags });
  const before = await files(bench);
  await gate.shut("check");
  await marathon.createApp(await late());
  await gate.untilWaiting("check");
  const time = stopwatch();
  await bench.stop(lb);
  measure("TERM in a validation ends it in", time());
  assert.deepEqual(await files(bench), before);
});

endToEnd("TERM in the middle of a question to Marathon: the files are the last good ones", async (bench) => {
  const marathon = await startMarathon(bench);
  const lb = await bench.serve({ flags });
  const before = await files(bench);
  marathon.faults.add({ hang: true });
  const asked = marathon.requests.count("/v2/apps");
  lb.signal("SIGHUP");
  await marathon.requests.until("/v2/apps", asked + 1);
  const time = stopwatch();
  await bench.stop(lb);
  measure("TERM in a question to Marathon ends it in", time());
  assert.deepEqual(await files(bench), before);
});

endToEnd(
  "TERM in the middle of a reload that does not end: the files are the last good ones",
  async (bench) => {
    const gate = await Gate.prepare(bench);
    const marathon = await startMarathon(bench);
    const lb = await bench.serve({ flags });
    const before = await files(bench);
    await gate.shut("load");
    await marathon.createApp(await late());
    await gate.untilWaiting("load");
    assert.notDeepEqual(await files(bench), before, "the reload reads the new files");
    const time = stopwatch();
    await bench.stop(lb);
    measure("TERM in a reload that hangs ends it in", time());
    assert.deepEqual(await files(bench), before);
  },
);

endToEnd("TERM in the middle of a reload that ends: HAProxy stops softly afterwards", async (bench) => {
  const gate = await Gate.prepare(bench);
  const marathon = await startMarathon(bench);
  const lb = await bench.serve({ flags: [...reloading, "--shutdown-timeout", "600"] });
  await gate.shut("load");
  await marathon.createApp(await late());
  await gate.untilWaiting("load");
  const given = await files(bench);
  lb.signal("SIGTERM");
  await lb.until(/SIGTERM: stopping/);
  await gate.open("load");
  assert.deepEqual(await lb.exited, { code: 0, signal: null });
  bench.assertNothingRuns();
  assert.equal(lb.count(/HAProxy has stopped/), 1);
  assert.deepEqual(await files(bench), given);
});
