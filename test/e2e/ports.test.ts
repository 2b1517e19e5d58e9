import assert from "node:assert/strict";
import process from "node:process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { endToEnd } from "./support/endToEnd.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import { feature } from "./support/feature.ts";
import { freePort } from "../../tools/harness/freePort.ts";
import { request } from "./support/request.ts";
import { serveApps } from "./support/serveApps.ts";
import { Traffic } from "./support/Traffic.ts";
import { webApp } from "./support/webApp.ts";

/** Another process's port, for HAProxy. */
async function take(port: number): Promise<Server> {
  const server = createServer().listen(port, "0.0.0.0");
  await once(server, "listening");
  return server;
}

async function answersAt(port: number): Promise<void> {
  assert.equal((await request(`http://127.0.0.1:${port}`)).status, 200);
}

const web = (port?: number) => webApp("/web", { servicePort: port, labels: { HAPROXY_0_VHOST: "web.test" } });
const other = (port?: number) => webApp("/other", { servicePort: port, labels: { HAPROXY_0_MODE: "http" } });

endToEnd(
  "a service whose port is taken is left out, without harm to the others, until it is free",
  async (bench) => {
    const { marathon, lb } = await serveApps(bench, [await web()]);
    const port = await freePort();
    const taken = await take(port);
    await using traffic = new Traffic(bench.http, "web.test");

    await marathon.createApp(await other(port));
    await marathon.settled();
    const line = await lb.until(/ERROR marathon_lb: \/other: service 0 is left out/);
    assert.match(
      line,
      new RegExp(
        `port ${port} of 0\\.0\\.0\\.0 is taken by process ${process.pid} \\(deno\\); nothing is served instead`,
      ),
    );
    await marathon.createApp(await webApp("/third", { labels: { HAPROXY_0_VHOST: "third.test" } }));
    await eventually(async () => assert.equal((await bench.get("third.test")).status, 200));

    taken.close();
    await once(taken, "close");
    lb.signal("SIGHUP");
    await eventually(() => answersAt(port));
    await traffic[Symbol.asyncDispose]();
    assert.deepEqual(traffic.failures, []);
    assert.equal(lb.count(/cannot bind/), 0);
  },
);

feature("a service that moves to a taken port is served at its old one", async (bench) => {
  const [before, after] = [await freePort(), await freePort()];
  const { marathon, lb } = await serveApps(bench, [await other(before)]);
  const taken = await take(after);

  await marathon.updateApp("/other", { portDefinitions: [{ port: after }] });
  await lb.until(
    new RegExp(`port ${after} of 0\\.0\\.0\\.0 is taken .*its last good sections are served instead`),
  );
  await marathon.settled();
  await eventually(() => answersAt(before));
  assert.equal(lb.count(/cannot bind/), 0);

  taken.close();
  await once(taken, "close");
  // Any synchronisation will do.
  await marathon.createApp(await web());
  await eventually(() => answersAt(after));
  await eventually(() => assert.rejects(answersAt(before)));
});

feature("a port that was given up can be had again at once", async (bench) => {
  const port = await freePort();
  const { marathon, lb } = await serveApps(bench, [await web(), await other(port)]);
  for (let round = 0; round < 3; round++) {
    await marathon.deleteApp("/other");
    await eventually(() => assert.rejects(answersAt(port)));
    await marathon.createApp(await other(port));
    await eventually(() => answersAt(port));
  }
  assert.equal(lb.count(/is taken/), 0);
});

feature("a taken port of a service does not keep it from starting", async (bench) => {
  const port = await freePort();
  const taken = await take(port);
  const { lb } = await serveApps(bench, [await web(), await other(port)]);
  assert.equal((await bench.get("web.test")).status, 200);
  assert.equal(lb.count(new RegExp(`/other: service 0 is left out.* port ${port} `)), 1);
  taken.close();
});

feature("a taken port that all share is named", async (bench) => {
  await bench.startMarathon();
  const taken = await take(bench.ports.http);
  const lb = bench.start();
  await lb.until(
    new RegExp(
      `^marathon-lb: .* port that all services need.* port ${bench.ports.http} of 127\\.0\\.0\\.1 is taken`,
    ),
  );
  assert.equal((await lb.exited).code, 1);
  taken.close();
});

feature("a port that is missing in the file on disk but held by HAProxy is not taken", async (bench) => {
  const { marathon, lb } = await serveApps(bench, [await web()]);
  const config = await bench.readConfig();
  await writeFile(bench.configFile, "# edited\n");
  await marathon.createApp(await webApp("/more", { labels: { HAPROXY_0_VHOST: "more.test" } }));
  await eventually(async () => assert.equal((await bench.get("more.test")).status, 200));
  assert.equal(lb.count(/is taken/), 0);
  assert.ok((await bench.readConfig()).length > config.length);
});
