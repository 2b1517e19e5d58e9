import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { hasTrait } from "../../../lib/core/haproxy/versions.ts";
import { findHaproxy } from "../../../lib/shell/haproxy/binary.ts";
import { deadline, eventually } from "../../../tools/harness/eventually.ts";
import { ask } from "../support/assertAnswers.ts";
import type { Bench } from "../support/Bench.ts";
import { changes, withoutReload } from "../support/changes.ts";
import { feature } from "../support/feature.ts";
import { serveApps } from "../support/serveApps.ts";
import { webApp } from "../support/webApp.ts";

async function keepsCounters(bench: Bench): Promise<boolean> {
  const env = { ...process.env };
  const { version } = await findHaproxy(bench.path("bin/haproxy"), {
    env,
    signal: AbortSignal.timeout(deadline),
  });
  return hasTrait(version, "keptCounters");
}

/** What HAProxy has counted: requests of all frontends, and those of one service's backend, and of its servers. */
async function counted(bench: Bench) {
  const lines = (await bench.ask("/metrics")).split("\n");
  const sum = (name: string, labels: RegExp) =>
    lines.filter((line) => line.startsWith(`${name}{`) && labels.test(line))
      .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
  return {
    frontend: sum("haproxy_frontend_http_requests_total", /proxy="marathon_http_in"/),
    backend: sum("haproxy_backend_http_requests_total", /proxy="one_/),
    servers: sum("haproxy_server_http_responses_total", /proxy="one_\d+",.*code="2xx"/),
    bytes: sum("haproxy_backend_bytes_out_total", /proxy="one_/),
  };
}

feature("--keep-counters: the counters of HAProxy's metrics survive a reload", async (bench) => {
  const keeps = await keepsCounters(bench);
  const one = await webApp("/one", { labels: { HAPROXY_0_VHOST: "one.test" } });
  const { marathon, lb } = await serveApps(bench, [one], { flags: ["--keep-counters"] });
  assert.equal(lb.count(/--keep-counters is ignored/), keeps ? 0 : 1);
  if (!keeps) {
    assert.equal(lb.count(/WARNING .*--keep-counters is ignored: HAProxy .* cannot load counters, 3\.0/), 1);
    assert.doesNotMatch(await bench.readConfig(), /guid|stats-file/);
    return;
  }
  const request = async (count: number) => {
    for (let n = 0; n < count; n++) assert.equal((await ask(bench.http, "one.test")).status, 200);
  };
  await request(3);
  // A server that comes by a command is counted like the others.
  await withoutReload(bench, async () => {
    await marathon.scale("/one", 2);
  });
  await request(4);
  const before = await eventually(async () => {
    const now = await counted(bench);
    assert.equal(now.servers, 7);
    return now;
  });
  assert.deepEqual({ ...before, bytes: 0 }, { frontend: 7, backend: 7, servers: 7, bytes: 0 });
  assert.ok(before.bytes > 0);

  for (const id of ["/two", "/three"]) {
    const { reloads } = await changes(bench);
    await marathon.createApp(await webApp(id));
    await eventually(async () => assert.equal((await changes(bench)).reloads, reloads + 1));
    assert.deepEqual(await eventually(() => counted(bench)), before, `after the reload for ${id}`);
    assert.equal(await readFile(bench.path("state/counters"), "utf8"), "", "nothing is left for a start");
  }
  await request(1);
  await eventually(async () => assert.equal((await counted(bench)).servers, 8));
});
