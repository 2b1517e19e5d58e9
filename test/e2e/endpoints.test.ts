import assert from "node:assert/strict";
import { endToEnd } from "./support/endToEnd.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import { freePort } from "../../tools/harness/freePort.ts";
import { readStats } from "./support/blueGreen/readStats.ts";
import { HeldRequest } from "./support/HeldRequest.ts";
import { processesNaming } from "./support/processesNaming.ts";
import { request } from "./support/request.ts";
import { webApp } from "./support/webApp.ts";

endToEnd("answers health check, statistics and metrics on the admin port", async (bench) => {
  const marathon = await bench.startMarathon();
  const [port, labels] = [await freePort(), { HAPROXY_0_VHOST: "web.test" }];
  await marathon.createApp(await webApp("/web", { instances: 2, servicePort: port, labels }));
  await marathon.settled();
  await bench.serve();
  await bench.get("web.test");

  assert.match(await bench.ask("/_haproxy_health_check"), /200 OK/);
  assert.match(await bench.ask("/haproxy?stats"), new RegExp(`Statistics Report for HAProxy[^]*web_${port}`));
  const csv = await bench.ask("/haproxy?stats;csv");
  assert.match(csv, /^# pxname,svname,/);
  readStats(csv);
  const servers = csv.split("\n").filter((row) => row.startsWith(`web_${port},127_0_0_1_`));
  assert.equal(servers.length, 2);
  const metrics = await bench.ask("/metrics");
  assert.match(metrics, /^haproxy_process_uptime_seconds /m);
  assert.match(metrics, /^haproxy_frontend_http_requests_total\{proxy="marathon_http_in"\} 1$/m);
});

endToEnd(
  "--admin-allow leaves health and metrics open to all sources, and the rest to its own",
  async (bench) => {
    const statusOf = async (path: string) => (await request(bench.admin + path)).status;
    const open = ["/_haproxy_health_check", "/metrics", "/_mlb_health", "/_mlb_metrics"];
    const guarded = [
      "/haproxy?stats",
      "/_haproxy_getconfig",
      "/_haproxy_getpids",
      "/_mlb_status",
      "/_mlb_signal/hup",
    ];
    await bench.startMarathon();

    const others = await bench.serve({ flags: ["--admin-allow", "192.0.2.0/24"] });
    assert.deepEqual(await Promise.all(open.map(statusOf)), [200, 200, 200, 200]);
    assert.deepEqual(await Promise.all(guarded.map(statusOf)), [403, 403, 403, 403, 403]);
    await bench.stop(others);

    await bench.serve({ flags: ["--admin-allow", "192.0.2.0/24", "127.0.0.0/8"] });
    assert.deepEqual(await Promise.all(guarded.map(statusOf)), [200, 200, 200, 200, 200]);
  },
);

endToEnd("shows the configuration file and, with --haproxy-map, the maps", async (bench) => {
  const marathon = await bench.startMarathon();
  const [port, labels] = [await freePort(), { HAPROXY_0_VHOST: "web.test,www.test" }];
  await marathon.createApp(await webApp("/web", { servicePort: port, labels }));
  await marathon.settled();

  const withoutMaps = await bench.serve();
  assert.equal(await bench.ask("/_haproxy_getconfig"), await bench.readConfig());
  assert.equal(await bench.ask("/_haproxy_getvhostmap"), "");
  assert.equal(await bench.ask("/_haproxy_getappmap"), "");
  await bench.stop(withoutMaps);

  await bench.serve({ flags: ["--haproxy-map"] });
  assert.equal(await bench.ask("/_haproxy_getconfig"), await bench.readConfig());
  assert.equal(await bench.ask("/_haproxy_getvhostmap"), `web.test web_${port}\nwww.test web_${port}\n`);
  assert.equal(await bench.ask("/_haproxy_getappmap"), `/web web_${port}\n`);
  assert.equal((await bench.get("www.test")).headers["x-app-id"], "/web");
});

endToEnd(
  "/_haproxy_getpids lists the processes of HAProxy, old workers that still drain included",
  async (bench) => {
    const marathon = await bench.startMarathon();
    await marathon.createApp(await webApp("/web", { labels: { HAPROXY_0_VHOST: "web.test" } }));
    await marathon.settled();
    const lb = await bench.serve();
    const told = async () => (await bench.ask("/_haproxy_getpids")).split(" ").map(Number);
    const there = () => processesNaming(bench.configFile);
    const sorted = (pids: readonly number[]) => pids.toSorted((a, b) => a - b);

    const [master, worker] = await told();
    assert.deepEqual(sorted([master!, worker!]), sorted(there()));

    const held = await HeldRequest.start(bench, "web.test");
    const begin = lb.lines.length;
    await marathon.createApp(await webApp("/more"));
    await lb.until(/Applied/, begin);
    const during = await told();
    assert.equal(during.length, 3);
    assert.ok(during.includes(master!) && during.includes(worker!));
    assert.deepEqual(sorted(during), sorted(there()));

    held.release();
    assert.match(await held.reply, /^HTTP\/1\.1 200 /);
    await eventually(async () => {
      const after = await told();
      assert.deepEqual(after, during.filter((pid) => pid !== worker));
      assert.deepEqual(sorted(after), sorted(there()));
    });
  },
);
