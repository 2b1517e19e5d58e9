import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer as createWebServer, type Server } from "node:http";
import { connect, createServer } from "node:net";
import { eventually } from "../../../tools/harness/eventually.ts";
import type { JsonObject } from "../../../tools/simulated-marathon/JsonObject.ts";
import type { Bench } from "../support/Bench.ts";
import { feature } from "../support/feature.ts";
import { ownApp, whileListening } from "../support/ownApp.ts";
import { request } from "../support/request.ts";
import { serveApps } from "../support/serveApps.ts";
import { webApp } from "../support/webApp.ts";
import { writeScript } from "../support/writeScript.ts";

/** A host that answers as an app, and counts what reaches it. */
function host(id: string): { server: Server; hits: () => number } {
  let hits = 0;
  const server = createWebServer((_, response) => {
    hits++;
    response.setHeader("x-app-id", id).end();
  });
  return { server, hits: () => hits };
}

async function writeApps(bench: Bench, apps: readonly object[]): Promise<string> {
  const path = bench.path("static.json");
  await writeFile(path, JSON.stringify({ apps }));
  return path;
}

/** Sends so many requests, one after the other; all have to be answered by this app. */
async function askTimes(bench: Bench, vhost: string, times: number, app: string): Promise<void> {
  for (let asked = 0; asked < times; asked++) {
    const { status, headers } = await bench.get(vhost);
    assert.deepEqual([status, headers["x-app-id"]], [200, app]);
  }
}

const answers = async (bench: Bench, vhost: string) => {
  const { status, headers } = await bench.get(vhost);
  return headers["x-app-id"] ?? status;
};

const web = (labels = {}) => webApp("/web", { labels: { HAPROXY_0_VHOST: "web.test", ...labels } });

feature(
  "--static-apps: a database over TCP and a legacy host with a vhost, beside Marathon's apps",
  async (bench) => {
    let connections = 0;
    const database = createServer((socket) => {
      connections++;
      socket.pipe(socket);
    });
    const legacy = host("/legacy");
    await whileListening([database, legacy.server], async () => {
      const db = await ownApp("/db", [database]);
      const old = await ownApp("/legacy", [legacy.server], { labels: { HAPROXY_0_VHOST: "legacy.test" } });
      const path = await writeApps(bench, [db, old]);
      await serveApps(bench, [await web()], { flags: ["--static-apps", path] });
      for (let asked = 0; asked < 20; asked++) {
        const socket = connect(db.portDefinitions[0]!.port, "127.0.0.1");
        socket.end("SELECT 1");
        const [answer] = await once(socket, "data");
        assert.equal(String(answer), "SELECT 1");
        await once(socket, "close");
      }
      await askTimes(bench, "legacy.test", 30, "/legacy");
      await askTimes(bench, "web.test", 10, "/web");
      assert.deepEqual([connections, legacy.hits()], [20, 30]);
    });
  },
);

feature(
  "--static-apps: an app that leaves Marathon keeps its vhost, without a failed request",
  async (bench) => {
    const moved = host("/web moved");
    await whileListening([moved.server], async () => {
      const { portDefinitions, labels } = await web();
      const app = { ...await ownApp("/web", [moved.server], { labels }), portDefinitions };
      const path = await writeApps(bench, [app]);
      const { marathon } = await serveApps(bench, [await web()], { flags: ["--static-apps", path] });
      await askTimes(bench, "web.test", 10, "/web");
      assert.equal(moved.hits(), 0, "Marathon's app is served as long as there is one");
      const [problem] = JSON.parse(await bench.ask("/_mlb_status")).excluded;
      assert.match(
        JSON.stringify(problem),
        /\/web is in Marathon and in .*static\.json.*Marathon's app is served/,
      );

      await marathon.deleteApp("/web");
      await eventually(async () => assert.equal(await answers(bench, "web.test"), "/web moved"));
      const before = moved.hits();
      await askTimes(bench, "web.test", 10, "/web moved");
      assert.equal(moved.hits(), before + 10);
      assert.deepEqual(JSON.parse(await bench.ask("/_mlb_status")).excluded, []);
    });
  },
);

feature(
  "--static-apps: served at the first start without Marathon, and changed while it is away",
  async (bench) => {
    const legacy = host("/legacy");
    await whileListening([legacy.server], async () => {
      const old = await ownApp("/legacy", [legacy.server], { labels: { HAPROXY_0_VHOST: "legacy.test" } });
      const path = await writeApps(bench, [old]);
      const lb = bench.start({ flags: ["--static-apps", path] });
      await lb.until(/HAProxy starts with the apps of --static-apps alone until Marathon answers/);
      await lb.until(/HAProxy serves/);
      await askTimes(bench, "legacy.test", 10, "/legacy");

      const marathon = await bench.startMarathon();
      await marathon.createApp(await web());
      await marathon.settled();
      await eventually(async () => assert.equal(await answers(bench, "web.test"), "/web"));
      await askTimes(bench, "legacy.test", 10, "/legacy");

      await marathon.stopNode(0);
      const labels = { ...old.labels, HAPROXY_0_VHOST: "legacy.test,new.test" };
      await writeApps(bench, [{ ...old, labels }]);
      await eventually(async () => assert.equal(await answers(bench, "new.test"), "/legacy"));
      await askTimes(bench, "web.test", 10, "/web");
      await askTimes(bench, "legacy.test", 10, "/legacy");
    });
  },
);

feature("--static-apps: apps of Marathon on disk stay at a start without Marathon", async (bench) => {
  const legacy = host("/legacy");
  await whileListening([legacy.server], async () => {
    const old = await ownApp("/legacy", [legacy.server], { labels: { HAPROXY_0_VHOST: "legacy.test" } });
    const flags = ["--static-apps", await writeApps(bench, [old])];
    const { marathon, lb } = await serveApps(bench, [await web()], { flags });
    await bench.stop(lb);
    await marathon.stopNode(0);
    const second = bench.start({ flags });
    await second.until(/HAProxy serves/);
    await second.until(/Retrying in 1 s/);
    await askTimes(bench, "web.test", 10, "/web");
    await askTimes(bench, "legacy.test", 10, "/legacy");
    assert.equal(legacy.hits(), 10);
  });
});

feature("--static-apps: a file that is removed or broken serves on, with an alarm", async (bench) => {
  const legacy = host("/legacy");
  await whileListening([legacy.server], async () => {
    const old = await ownApp("/legacy", [legacy.server], { labels: { HAPROXY_0_VHOST: "legacy.test" } });
    const path = await writeApps(bench, [old]);
    const { lb } = await serveApps(bench, [await web()], { flags: ["--static-apps", path] });
    const metric = /^marathon_lb_alarms\{kind="static_apps_unusable"\} 1$/m;
    const faults = [
      { spoil: () => rm(path), says: /there is no file .*static\.json.*its last good apps stay in service/ },
      {
        spoil: () => writeFile(path, '{"apps": ['),
        says: /static\.json is not JSON.*its last good apps stay in service/,
      },
    ];
    for (const { spoil, says } of faults) {
      await spoil();
      await eventually(async () => {
        const { status, body } = await request(`${bench.admin}/_mlb_health`);
        assert.equal(status, 503);
        assert.match(body, says);
      });
      assert.match(await bench.ask("/_mlb_metrics"), metric);
      assert.match(await bench.ask("/_mlb_status"), /static_apps_unusable/);
      await askTimes(bench, "legacy.test", 10, "/legacy");
    }
    assert.equal(legacy.hits(), 20);
    assert.equal(lb.count(/ERROR .*static\.json.*last good apps/), 2);
    await writeApps(bench, [old]);
    await eventually(async () => assert.match(await bench.ask("/_mlb_health"), /^(?!.*static)/));
  });
});

feature(
  "--static-apps: their loss is applied at once, and does not hide that Marathon loses its apps",
  async (bench) => {
    const legacy = host("/legacy");
    await whileListening([legacy.server], async () => {
      const apps: JsonObject[] = [];
      for (let number = 0; number < 12; number++) {
        const labels = { HAPROXY_0_VHOST: `legacy${number}.test` };
        apps.push(await ownApp(`/legacy${number}`, [legacy.server], { labels }));
      }
      const path = await writeApps(bench, apps);
      const { marathon, lb } = await serveApps(bench, [await web()], { flags: ["--static-apps", path] });
      await askTimes(bench, "legacy11.test", 5, "/legacy");
      await writeApps(bench, []);
      await eventually(async () => assert.equal(await answers(bench, "legacy11.test"), 503));
      assert.equal(lb.count(/removes nearly everything/), 0);
      await askTimes(bench, "web.test", 5, "/web");

      await writeApps(bench, apps);
      await eventually(async () => assert.equal(await answers(bench, "legacy11.test"), "/legacy"));
      marathon.faults.add({ path: "/v2/apps", empty: true, times: 1 });
      lb.signal("SIGHUP");
      await lb.until(/Marathon's answer removes nearly everything \(12 apps, 12 services are left\)/);
      await askTimes(bench, "web.test", 5, "/web");
      await askTimes(bench, "legacy11.test", 5, "/legacy");
    });
  },
);

feature("--static-apps: direct mode, --dry, explain and validate see them", async (bench) => {
  const marathon = await bench.startMarathon();
  await marathon.createApp(await web());
  await marathon.settled();
  const legacy = host("/legacy");
  await whileListening([legacy.server], async () => {
    const old = await ownApp("/legacy", [legacy.server], { labels: { HAPROXY_0_VHOST: "legacy.test" } });
    const path = await writeApps(bench, [old]);
    const flags = [...bench.flags, "--static-apps", path];
    const dry = await bench.run([...flags, "--dry"]);
    assert.match(dry.output, /^backend legacy_\d+$/m);
    assert.match(dry.output, /^backend web_\d+$/m);
    const explained = await bench.run(["explain", "/legacy", ...flags]);
    assert.equal(explained.code, 0, explained.output);
    assert.match(explained.output, /legacy\.test/);
    const rival = bench.path("rival.json");
    await writeFile(
      rival,
      JSON.stringify(await webApp("/rival", { labels: { HAPROXY_0_VHOST: "legacy.test" } })),
    );
    const validated = await bench.run(["validate", rival, ...flags]);
    assert.equal(validated.code, 3);
    assert.match(validated.output, /legacy\.test.*taken by \/legacy/);

    await mkdir(bench.path("etc"));
    const configFile = bench.path("etc/haproxy.cfg");
    const command = await writeScript(bench.path("reload"), "exit 0");
    const direct = [...flags, "--haproxy-config", configFile, "--command", command, "--dont-bind-http-https"];
    assert.equal((await bench.run(direct)).code, 0);
    const good = await readFile(configFile, "utf8");
    assert.match(good, /^backend legacy_\d+$/m);
    await rm(path);
    assert.equal((await bench.run(direct)).code, 0);
    assert.equal(await readFile(configFile, "utf8"), good, "a restart has the last good apps");
    const refused = await bench.run([...flags, "--dry"]);
    assert.equal(refused.code, 1);
    assert.match(refused.lines.at(-1)!, /--static-apps: there is no file .*static\.json; check the path/);
  });
});
