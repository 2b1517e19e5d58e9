import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import process from "node:process";
import { eventually } from "../../tools/harness/eventually.ts";
import type { MarathonLb } from "../../tools/harness/MarathonLb.ts";
import type { SimulatedMarathon } from "../../tools/simulated-marathon/SimulatedMarathon.ts";
import type { Bench } from "./support/Bench.ts";
import { endToEnd } from "./support/endToEnd.ts";
import { feature } from "./support/feature.ts";
import { Gate } from "./support/Gate.ts";
import { find } from "./support/OwnMount.ts";
import { processesNaming } from "./support/processesNaming.ts";
import { Traffic } from "./support/Traffic.ts";
import { webApp } from "./support/webApp.ts";
import { Wrk } from "./support/Wrk.ts";

const adopted = /WARNING marathon_lb: Adopted the HAProxy of an earlier start/;

async function serveWeb(bench: Bench): Promise<{ marathon: SimulatedMarathon; lb: MarathonLb }> {
  const marathon = await bench.startMarathon();
  await marathon.createApp(await webApp("/web", { instances: 2, labels: { HAPROXY_0_VHOST: "web.test" } }));
  await marathon.settled();
  return { marathon, lb: await bench.serve() };
}

/** As the service manager does for a restart. */
async function handOver(lb: MarathonLb): Promise<void> {
  lb.signal("SIGUSR2");
  assert.deepEqual(await lb.exited, { code: 0, signal: null });
  assert.equal(lb.count(/SIGUSR2: ending; HAProxy keeps serving for the next start/), 1);
  assert.equal(lb.count(/HAProxy has stopped|ERROR marathon_lb/), 0);
}

async function masterPid(bench: Bench): Promise<number> {
  return Number((await bench.ask("/_haproxy_getpids")).split(" ")[0]);
}

const serversIn = (text: string) => [...text.matchAll(/^ +server (\S+)/gm)].map(([, name]) => name!).sort();

/** The servers of tasks that HAProxy has. */
async function serversOf(bench: Bench): Promise<string[]> {
  const rows = (await bench.ask("/haproxy?stats;csv")).split("\n").map((row) => row.split(",")[1] ?? "");
  return rows.filter((name) => name.startsWith("127_0_0_1_")).sort();
}

endToEnd("SIGUSR2 leaves HAProxy to the next start, without a refused or failed request", async (bench) => {
  const { marathon, lb } = await serveWeb(bench);
  const master = await masterPid(bench);
  await using kept = new Wrk(bench.http, "web.test");
  await using fresh = new Wrk(bench.http, "web.test", { connections: 4, headers: ["Connection: close"] });
  await using traffic = new Traffic(bench.http, "web.test");

  // A change by commands alone, which reaches the disk behind them.
  const before = lb.lines.length;
  await marathon.scale("/web", 5);
  await lb.until(/Applied .* without a reload/, before);
  await handOver(lb);
  const servers = serversIn(await bench.readConfig());
  assert.ok(servers.length > 2);
  assert.deepEqual(servers, await serversOf(bench), "the files say what HAProxy runs");
  assert.ok(!existsSync(bench.path("work/.marathon-lb.lock")));
  assert.ok(!existsSync(bench.path("run/marathon-lb.sock")));
  assert.ok(processesNaming(bench.configFile).includes(master));
  const { answered } = traffic;
  await eventually(() => assert.ok(traffic.answered > answered + 100, "HAProxy serves meanwhile"));

  const next = await bench.serve();
  await next.until(adopted);
  await marathon.createApp(await webApp("/late", { labels: { HAPROXY_0_VHOST: "late.test" } }));
  await eventually(async () => assert.equal((await bench.get("late.test")).status, 200));
  assert.equal(await masterPid(bench), master);

  await kept.finish();
  await fresh.finish();
  await traffic[Symbol.asyncDispose]();
  assert.deepEqual(traffic.failures, []);
  await bench.stop(next);
  assert.equal(next.count(/HAProxy has stopped/), 1);
});

endToEnd("an upgrade by SIGUSR2 that generates other files reloads the adopted HAProxy", async (bench) => {
  const { lb } = await serveWeb(bench);
  const master = await masterPid(bench);
  await using fresh = new Wrk(bench.http, "web.test", { connections: 4, headers: ["Connection: close"] });
  await handOver(lb);

  // What another version generates differs at such places: the configuration, its maps, the Lua scripts.
  await writeFile(bench.path("work/signalmlb.lua"), "-- of another version\n");
  await mkdir(bench.path("templates"));
  await writeFile(
    bench.path("templates/HAPROXY_BACKEND_HEAD"),
    "backend {backend}\n  mode http\n  balance {balance}\n  http-response set-header generation two\n",
  );
  const flags = ["--templates-dir", bench.path("templates"), "--haproxy-map"];
  const next = await bench.serve({ flags });
  await next.until(adopted);
  await eventually(async () => assert.equal((await bench.get("web.test")).headers.generation, "two"));
  assert.match(await bench.ask("/_haproxy_getvhostmap"), /web\.test/);
  assert.match(await bench.ask("/_mlb_signal/hup"), /^Sent SIGHUP/);
  assert.equal(await masterPid(bench), master);
  await fresh.finish();
});

/** Starts, with a second app that HAProxy is about to load, and does not. */
async function serveInReload(
  bench: Bench,
  flags: readonly string[],
): Promise<{ gate: Gate; lb: MarathonLb }> {
  const gate = await Gate.prepare(bench);
  const marathon = await bench.startMarathon();
  await marathon.createApp(await webApp("/web", { labels: { HAPROXY_0_VHOST: "web.test" } }));
  await marathon.settled();
  const lb = await bench.serve({ flags });
  await gate.shut("load");
  await marathon.createApp(await webApp("/late", { labels: { HAPROXY_0_VHOST: "late.test" } }));
  await gate.untilWaiting("load");
  return { gate, lb };
}

endToEnd("SIGUSR2 in a reload lets it end, and the next start adopts what it has loaded", async (bench) => {
  const { gate, lb } = await serveInReload(bench, ["--shutdown-timeout", "600"]);
  await using traffic = new Traffic(bench.http, "web.test");
  const ended = handOver(lb);
  await lb.until(/SIGUSR2: ending/);
  await eventually(() => assert.ok(traffic.answered > 50));
  assert.ok(lb.running, "it waits for the reload");
  await gate.open("load");
  await ended;
  assert.match(await bench.readConfig(), /late\.test/);
  assert.equal((await bench.get("late.test")).status, 200);

  const next = await bench.serve();
  await next.until(adopted);
  await traffic[Symbol.asyncDispose]();
  assert.deepEqual(traffic.failures, []);
});

endToEnd("SIGUSR2 in a reload that hangs leaves it after --shutdown-timeout", async (bench) => {
  const { gate, lb } = await serveInReload(bench, ["--shutdown-timeout", "0.2"]);
  await using traffic = new Traffic(bench.http, "web.test");
  await handOver(lb);
  assert.equal(lb.count(/A reload has not ended within 0\.2 s; leaving it to the next start/), 1);
  assert.doesNotMatch(await bench.readConfig(), /late\.test/, "the files are the last good ones");
  await gate.open("load");

  const next = await bench.serve();
  await next.until(adopted);
  await eventually(async () => assert.equal((await bench.get("late.test")).status, 200));
  await traffic[Symbol.asyncDispose]();
  assert.deepEqual(traffic.failures, []);
});

endToEnd("SIGUSR2 before HAProxy runs ends the start, and nothing is left", async (bench) => {
  const marathon = await bench.startMarathon();
  marathon.faults.add({ hang: true });
  const lb = bench.start();
  await marathon.requests.until("/v2/apps", 1);
  lb.signal("SIGUSR2");
  assert.deepEqual(await lb.exited, { code: 0, signal: null });
  bench.assertNothingRuns();
});

feature("SIGUSR2 does not end PID 1, with which HAProxy would end", async (bench) => {
  await bench.startMarathon();
  const namespaces = process.geteuid?.() === 0 ? [] : ["--map-root-user"];
  bench.launcher = [find("unshare"), ...namespaces, "--pid", "--mount-proc", "--fork", "--kill-child"];
  const lb = await bench.serve();
  const pid = Number(readFileSync(`/proc/${lb.pid}/task/${lb.pid}/children`, "utf8").trim());
  process.kill(pid, "SIGUSR2");
  await lb.until(/WARNING marathon_lb: SIGUSR2: HAProxy would end with PID 1 .*; not ending/);
  assert.match(await bench.ask("/_mlb_signal/hup"), /^Sent SIGHUP/);
  process.kill(pid, "SIGTERM");
  assert.deepEqual(await lb.exited, { code: 0, signal: null });
});

feature(
  "a next start whose log gets HAProxy's requests replaces a HAProxy that cannot write there",
  async (bench) => {
    const { lb } = await serveWeb(bench);
    const master = await masterPid(bench);
    await handOver(lb);
    const next = await bench.serve({ flags: ["--access-log", "text"] });
    await next.until(/Cannot adopt the HAProxy .*: its standard output does not lead here/);
    assert.notEqual(await masterPid(bench), master);
    assert.equal((await bench.get("web.test")).status, 200);
    await eventually(() => assert.match(next.output, /web\.test/));
  },
);
