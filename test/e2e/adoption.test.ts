import assert from "node:assert/strict";
import { appendFile, rm, unlink } from "node:fs/promises";
import process from "node:process";
import type { SimulatedMarathon } from "../../tools/simulated-marathon/SimulatedMarathon.ts";
import type { Bench } from "./support/Bench.ts";
import { endToEnd } from "./support/endToEnd.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import { feature } from "./support/feature.ts";
import type { MarathonLb } from "../../tools/harness/MarathonLb.ts";
import { processesNaming } from "./support/processesNaming.ts";
import { Traffic } from "./support/Traffic.ts";
import { webApp } from "./support/webApp.ts";
import { Wrk } from "./support/Wrk.ts";

const tookOver = /WARNING marathon_lb: Adopted the HAProxy of an earlier start/;

async function serveWeb(bench: Bench): Promise<{ marathon: SimulatedMarathon; lb: MarathonLb }> {
  const marathon = await bench.startMarathon();
  await marathon.createApp(await webApp("/web", { instances: 2, labels: { HAPROXY_0_VHOST: "web.test" } }));
  await marathon.settled();
  return { marathon, lb: await bench.serve() };
}

async function kill(lb: MarathonLb): Promise<void> {
  lb.signal("SIGKILL");
  await lb.exited;
}

async function masterPid(bench: Bench): Promise<number> {
  return Number((await bench.ask("/_haproxy_getpids")).split(" ")[0]);
}

endToEnd("killed and started again, it takes HAProxy over without a failed request", async (bench) => {
  const { marathon, lb } = await serveWeb(bench);
  const master = await masterPid(bench);
  await using wrk = new Wrk(bench.http, "web.test");
  await using traffic = new Traffic(bench.http, "web.test");

  await kill(lb);
  const { answered } = traffic;
  await eventually(() => assert.ok(traffic.answered > answered + 100, "HAProxy serves meanwhile"));
  // Changes nobody hears of.
  await marathon.createApp(await webApp("/more", { labels: { HAPROXY_0_VHOST: "more.test" } }));
  await marathon.settled();

  const next = await bench.serve();
  await next.until(tookOver);
  await eventually(async () => assert.equal((await bench.get("more.test")).status, 200));
  await marathon.createApp(await webApp("/late", { labels: { HAPROXY_0_VHOST: "late.test" } }));
  await eventually(async () => assert.equal((await bench.get("late.test")).status, 200));
  assert.equal(await masterPid(bench), master);
  // Its way back to the supervisor leads to the new one.
  assert.match(await bench.ask("/_mlb_signal/hup"), /./);
  await next.until(/triggered by .*SIGHUP/);

  await wrk.finish();
  await traffic[Symbol.asyncDispose]();
  assert.deepEqual(traffic.failures, []);
  await bench.stop(next);
  assert.equal(next.count(/HAProxy has stopped/), 1);
});

endToEnd("an adopted HAProxy is restarted when it dies", async (bench) => {
  const { lb } = await serveWeb(bench);
  await kill(lb);
  const next = await bench.serve();
  const master = await masterPid(bench);

  process.kill(master, "SIGKILL");
  await next.until(/ERROR marathon_lb: HAProxy exited unexpectedly/);
  await next.until(/HAProxy restarted/);
  assert.notEqual(await masterPid(bench), master);
  assert.equal((await bench.get("web.test")).status, 200);
  await eventually(() => assert.equal(processesNaming(bench.configFile).length, 2));
});

feature("takes HAProxy over while Marathon is down, and serves on", async (bench) => {
  const { marathon, lb } = await serveWeb(bench);
  const master = await masterPid(bench);
  await kill(lb);
  marathon.faults.add({ status: 503 });

  const next = bench.start();
  await next.until(tookOver);
  await next.until(/HAProxy serves/);
  assert.equal((await bench.get("web.test")).status, 200);
  assert.equal(await masterPid(bench), master);
});

feature("adopts HAProxy when its configuration file is gone, and writes the file again", async (bench) => {
  const { lb } = await serveWeb(bench);
  const config = await bench.readConfig();
  await kill(lb);
  await unlink(bench.configFile);

  const next = await bench.serve();
  await next.until(tookOver);
  assert.equal((await bench.get("web.test")).status, 200);
  assert.equal(await bench.readConfig(), config);
});

feature("takes HAProxy over with a file that it refuses, and puts it right", async (bench) => {
  const { lb } = await serveWeb(bench);
  const config = await bench.readConfig();
  await kill(lb);
  await appendFile(bench.configFile, "nonsense\n");

  const next = await bench.serve();
  await next.until(tookOver);
  await next.until(/ERROR marathon_lb: HAProxy refuses .*haproxy\.cfg/);
  assert.equal((await bench.get("web.test")).status, 200);
  assert.equal(await bench.readConfig(), config);
});

feature("replaces a HAProxy that was started otherwise", async (bench) => {
  const marathon = await bench.startMarathon();
  const labels = {
    HAPROXY_0_VHOST: "web.test",
    HAPROXY_0_BACKEND_HEAD:
      'backend {backend}\n  mode http\n  http-response set-header greeting "${{GREETING}}"\n',
  };
  await marathon.createApp(await webApp("/web", { labels }));
  await marathon.settled();
  const greeting = async () => (await bench.get("web.test")).headers.greeting;
  const lb = await bench.serve({ env: { GREETING: "one" } });
  assert.equal(await greeting(), "one");
  const before = await masterPid(bench);
  await kill(lb);

  const next = await bench.serve({ env: { GREETING: "two" } });
  await next.until(/Cannot adopt the HAProxy .*: its environment has another GREETING/);
  assert.equal(await greeting(), "two");
  assert.equal(next.count(/ERROR|is taken/), 0);
  assert.notEqual(await masterPid(bench), before);
  await eventually(() => assert.equal(processesNaming(bench.configFile).length, 2));
});

feature("replaces a HAProxy whose master socket is gone", async (bench) => {
  const { lb } = await serveWeb(bench);
  const before = await masterPid(bench);
  await kill(lb);
  await rm(bench.path("run"), { recursive: true });

  const next = await bench.serve();
  await next.until(/of an earlier start still runs .*: stopping it softly/);
  assert.equal((await bench.get("web.test")).status, 200);
  assert.notEqual(await masterPid(bench), before);
  await eventually(() => assert.equal(processesNaming(bench.configFile).length, 2));
});
