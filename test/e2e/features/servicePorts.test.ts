import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createWebServer, type Server } from "node:http";
import { type AddressInfo, connect, createServer } from "node:net";
import { ask, assertAnswers } from "../support/assertAnswers.ts";
import { withReload } from "../support/changes.ts";
import { deadline, eventually } from "../../../tools/harness/eventually.ts";
import { feature } from "../support/feature.ts";
import { freePort } from "../../../tools/harness/freePort.ts";
import { ownApp, whileListening } from "../support/ownApp.ts";
import { serveApps } from "../support/serveApps.ts";
import { webApp } from "../support/webApp.ts";

const at = (port: number, host = "127.0.0.1") => `http://${host}:${port}`;

feature("MODE: tcp passes bytes as they are, http wants requests", async (bench) => {
  const echo = createServer((socket) => socket.pipe(socket));
  await whileListening([echo, createWebServer()], async () => {
    const app = await ownApp("/echo", [echo, echo], { labels: { HAPROXY_1_MODE: "HTTP" } });
    await serveApps(bench, [app]);
    const [tcp, http] = app.portDefinitions.map(({ port }) => port) as [number, number];
    assert.equal(await say(tcp, "no request\r\n\r\n"), "no request\r\n\r\n");
    assert.match(await say(http, "no request\r\n\r\n"), /^HTTP\/1\.[01] 400 /);
  });
});

feature("BALANCE: source holds a client, the default does not", async (bench) => {
  const [held, spread] = [await freePort(), await freePort()];
  await serveApps(bench, [
    await webApp("/held", { instances: 3, servicePort: held, labels: { HAPROXY_0_BALANCE: "source" } }),
    await webApp("/spread", { instances: 3, servicePort: spread }),
  ]);
  const tasksAt = async (port: number) => {
    const tasks = new Set<unknown>();
    for (let asked = 0; asked < 9; asked++) tasks.add((await ask(at(port), "any.test")).headers["x-task-id"]);
    return tasks.size;
  };
  assert.equal(await tasksAt(held), 1);
  assert.equal(await tasksAt(spread), 3);
});

feature("BIND_ADDR and PORT: the service is there, and nowhere else", async (bench) => {
  const [bound, unused, moved] = [await freePort(), await freePort(), await freePort()];
  await serveApps(bench, [
    await webApp("/bound", { servicePort: bound, labels: { HAPROXY_0_BIND_ADDR: "127.0.0.2" } }),
    await webApp("/moved", { servicePort: unused, labels: { HAPROXY_0_PORT: String(moved) } }),
  ]);
  await assertAnswers([
    [at(bound, "127.0.0.2"), "any.test", "/bound"],
    [at(moved), "any.test", "/moved"],
    [at(moved, "127.0.0.2"), "any.test", "/moved"],
  ]);
  for (const url of [at(bound), at(unused)]) {
    await assert.rejects(ask(url, "any.test"), { code: "ECONNREFUSED" }, url);
  }
});

feature(
  "--service-ports without-vhost: vhosts answer, their ports are closed, EXPOSE_PORT opens one",
  async (bench) => {
    const [web, db, taken, elsewhere] = ["/web", "/db", "/taken", "another program"].map((name) =>
      createWebServer((_, response) => response.setHeader("x-app-id", name).end())
    ) as [Server, Server, Server, Server];
    await whileListening([web, db, taken, elsewhere], async () => {
      const occupied = (elsewhere.address() as AddressInfo).port;
      const apps = [
        await ownApp("/web", [web], { labels: { HAPROXY_0_VHOST: "web.test" } }),
        await ownApp("/db", [db]),
        await ownApp("/taken", [taken], {
          labels: { HAPROXY_0_VHOST: "taken.test", HAPROXY_0_PORT: String(occupied) },
        }),
      ] as const;
      const [webPort, dbPort] = apps.map(({ portDefinitions: [first] }) => first!.port) as [number, number];
      const { marathon, lb } = await serveApps(bench, apps, { flags: ["--service-ports", "without-vhost"] });
      await assertAnswers([
        [bench.http, "web.test", "/web"],
        [bench.https, "web.test", "/web"],
        [bench.appid, "any.test", "/web", { headers: { "x-marathon-app-id": "/web" } }],
        [at(dbPort), "any.test", "/db"],
        // A closed port may be that of another program.
        [bench.http, "taken.test", "/taken"],
        [at(occupied), "any.test", "another program"],
      ]);
      await assert.rejects(ask(at(webPort), "any.test"), { code: "ECONNREFUSED" });
      const { reasons } = JSON.parse(await bench.ask(`/_mlb/api/url?url=${encodeURIComponent(at(webPort))}`));
      assert.match(
        reasons[0].message,
        /the service port of \/web: service 0: --service-ports without-vhost closes it$/,
      );

      const relabel = async (labels: Record<string, string>) => {
        const lines = lb.lines.length;
        const [first, ...others] = apps;
        await withReload(bench, "some", () => {
          marathon.setApps([{ ...first, labels: { ...first.labels, ...labels } }, ...others]);
          const timestamp = "2026-01-01T00:00:00.000Z";
          marathon.emit({ eventType: "status_update_event", appId: "/web", timestamp });
          return Promise.resolve();
        });
        return await lb.until(/reloaded because/, lines);
      };
      assert.match(
        await relabel({ HAPROXY_0_EXPOSE_PORT: "true" }),
        new RegExp(
          `frontend web_${webPort}(?:_in)? added \\(reloaded because sections or rules came or went`,
        ),
      );
      await assertAnswers([[at(webPort), "any.test", "/web"], [bench.http, "web.test", "/web"]]);
      await relabel({});
      // The old worker may have the port for a moment.
      await eventually(() => assert.rejects(ask(at(webPort), "any.test"), { code: "ECONNREFUSED" }));
      await assertAnswers([[bench.http, "web.test", "/web"], [at(dbPort), "any.test", "/db"]]);
      assert.deepEqual(lb.lines.filter((line) => /^(?:WARNING|ERROR) marathon_lb: \//.test(line)), []);
    });
  },
);

feature(
  "--service-ports none: a TCP service without a vhost has no way in, and the status says so",
  async (bench) => {
    const echo = createServer((socket) => socket.pipe(socket));
    await whileListening([echo], async () => {
      const app = await ownApp("/echo", [echo]);
      await serveApps(bench, [app], { flags: ["--service-ports", "none"] });
      await assert.rejects(ask(at(app.portDefinitions[0]!.port), "any.test"), { code: "ECONNREFUSED" });
      const { notServed, services } = JSON.parse(await bench.ask("/_mlb_status"));
      assert.deepEqual(notServed.services.map(({ app, code }: Record<string, string>) => [app, code]), [
        ["/echo", "no-way-in"],
      ]);
      assert.equal(services[0].portClosed, true);
    });
  },
);

feature("BACKEND_HEALTHCHECK_PORT_INDEX: a server is down when its other port fails", async (bench) => {
  let healthy = true;
  const asked: string[] = [];
  const service = createWebServer((_, response) => response.setHeader("x-app-id", "/checked").end());
  const health = createWebServer((request, response) => {
    asked.push(request.url!);
    response.writeHead(healthy ? 200 : 503).end();
  });
  await whileListening([service, health], async () => {
    const check = { protocol: "HTTP", portIndex: 1, path: "/health", intervalSeconds: 1, timeoutSeconds: 1 };
    await serveApps(bench, [
      await ownApp("/checked", [service, health], {
        labels: { HAPROXY_0_VHOST: "checked.test", HAPROXY_0_BACKEND_HEALTHCHECK_PORT_INDEX: "1" },
        healthChecks: [{ ...check, maxConsecutiveFailures: 0 }],
      }),
    ]);
    const expected = (answer: string | number) =>
      eventually(() => assertAnswers([[bench.http, "checked.test", answer]]));
    await expected("/checked");
    healthy = false;
    await expected(503);
    healthy = true;
    await expected("/checked");
    assert.deepEqual([...new Set(asked)], ["/health"]);
  });
});

/** What comes back first. */
async function say(port: number, text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  try {
    socket.write(text);
    const [bytes] = await once(socket, "data", { signal: AbortSignal.timeout(deadline) });
    return String(bytes);
  } finally {
    socket.destroy();
  }
}
