import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { endToEnd } from "./support/endToEnd.ts";
import type { Bench } from "./support/Bench.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import { HeldRequest } from "./support/HeldRequest.ts";
import { request } from "./support/request.ts";
import { webApp } from "./support/webApp.ts";
import type { SimulatedMarathon } from "../../tools/simulated-marathon/SimulatedMarathon.ts";

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  endToEnd(`${signal} lets a request end, then nothing is left`, async (bench) => {
    const marathon = await startWithWeb(bench);
    const lb = await bench.serve();
    const held = await HeldRequest.start(bench, "web.test");

    lb.signal(signal);
    await lb.until(new RegExp(`${signal}: stopping`));
    await eventually(() => assert.rejects(request(bench.http), { code: "ECONNREFUSED" }));
    held.release();
    assert.match(await held.reply, /^HTTP\/1\.1 200 /);
    assert.deepEqual(await lb.exited, { code: 0, signal: null });
    assert.equal(lb.count(/HAProxy has stopped/), 1);
    bench.assertNothingRuns();
    await assert.rejects(request(bench.admin), { code: "ECONNREFUSED" });
    assert.deepEqual(await readdir(bench.path("run")), []);
    await marathon.streams.until(0);
  });
}

endToEnd("a second SIGTERM stops at once", async (bench) => {
  await startWithWeb(bench);
  const lb = await bench.serve({ flags: ["--shutdown-timeout", "3600"] });
  const held = await HeldRequest.start(bench, "web.test");

  lb.signal("SIGTERM");
  await lb.until(/SIGTERM: stopping/);
  // One that follows at once counts as the same; sooner or later one of these does not.
  const again = setInterval(() => lb.signal("SIGTERM"), 50);
  try {
    assert.deepEqual(await lb.exited, { code: 0, signal: null });
  } finally {
    clearInterval(again);
  }
  assert.equal(await held.reply, "");
  bench.assertNothingRuns();
});

endToEnd("requests that do not end are cut after --shutdown-timeout", async (bench) => {
  await startWithWeb(bench);
  const lb = await bench.serve({ flags: ["--shutdown-timeout", "0.2"] });
  const held = await HeldRequest.start(bench, "web.test");

  lb.signal("SIGTERM");
  assert.deepEqual(await lb.exited, { code: 0, signal: null });
  assert.equal(lb.count(/HAProxy has stopped, its last connections were cut/), 1);
  assert.equal(await held.reply, "");
  bench.assertNothingRuns();
});

endToEnd("SIGTERM stops it while it waits for a Marathon that does not answer", async (bench) => {
  const marathon = await bench.startMarathon();
  marathon.faults.add({ hang: true });
  const lb = bench.start();
  await marathon.requests.until("/v2/apps", 1);
  lb.signal("SIGTERM");
  assert.deepEqual(await lb.exited, { code: 0, signal: null });
  bench.assertNothingRuns();
});

async function startWithWeb(bench: Bench): Promise<SimulatedMarathon> {
  const marathon = await bench.startMarathon();
  await marathon.createApp(await webApp("/web", { labels: { HAPROXY_0_VHOST: "web.test" } }));
  await marathon.settled();
  return marathon;
}
