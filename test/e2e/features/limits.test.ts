import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer, type ServerResponse } from "node:http";
import { connect, createServer as createTcpServer } from "node:net";
import { text } from "node:stream/consumers";
import { deadline, eventually } from "../../../tools/harness/eventually.ts";
import { freePort } from "../../../tools/harness/freePort.ts";
import { ask } from "../support/assertAnswers.ts";
import type { Bench } from "../support/Bench.ts";
import { withoutReload } from "../support/changes.ts";
import { feature } from "../support/feature.ts";
import { NamedTasks } from "../support/NamedTasks.ts";
import { ownApp, whileListening } from "../support/ownApp.ts";
import { serveApps } from "../support/serveApps.ts";

/** A server that counts its requests, and answers each at once or when the test wants. */
function countingServer({ hold = false } = {}) {
  const held: ServerResponse[] = [];
  const counted = { hits: 0, held };
  const server = createHttpServer((request, response) => {
    counted.hits++;
    request.resume();
    if (hold) held.push(response);
    else response.end("hello");
  });
  return Object.assign(server, { counted });
}

feature(
  "rate limit in mode http: a client's requests over the limit get 429 on all its ways to the app",
  async (bench) => {
    const server = countingServer();
    await whileListening([server], async () => {
      const labels = { HAPROXY_0_VHOST: "own.test", HAPROXY_0_RATE_LIMIT: "5/10m" };
      const app = await ownApp("/own", [server], { labels });
      await serveApps(bench, [app]);
      const atPort = `http://127.0.0.1:${app.portDefinitions[0]!.port}`;
      const ways = [bench.http, bench.https, atPort, bench.http, bench.http, bench.http, bench.https, atPort];
      const statuses: number[] = [];
      for (const url of ways) {
        const { status, headers } = await ask(url, "own.test", { localAddress: "127.0.0.1" });
        statuses.push(status);
        assert.equal(headers["retry-after"], status === 429 ? "600" : undefined);
      }
      assert.deepEqual(statuses, [200, 200, 200, 200, 200, 429, 429, 429]);
      assert.equal(server.counted.hits, 5);
      // Each address counts by itself.
      for (let asked = 0; asked < 6; asked++) {
        const { status } = await ask(bench.http, "own.test", { localAddress: "127.0.0.2" });
        assert.equal(status, asked < 5 ? 200 : 429);
      }
      assert.equal(server.counted.hits, 10);
    });
  },
);

feature("rate limit with AUTH_EVERYWHERE: failed logins count too", async (bench) => {
  const server = countingServer();
  await whileListening([server], async () => {
    await serveApps(bench, [
      await ownApp("/own", [server], {
        labels: {
          HAPROXY_0_VHOST: "own.test",
          HAPROXY_0_RATE_LIMIT: "2/10m",
          HAPROXY_0_AUTH: "Shop:alice:$5$mlb$BK3k24A8rh89NXzlcfLkfA1pFGjZvTUUnX3bb6SAGd6",
          HAPROXY_0_AUTH_EVERYWHERE: "true",
        },
      }),
    ]);
    const statuses: number[] = [];
    for (let asked = 0; asked < 4; asked++) statuses.push((await ask(bench.http, "own.test")).status);
    assert.deepEqual(statuses, [401, 401, 429, 429]);
    assert.equal(server.counted.hits, 0);
  });
});

feature("rate limit in mode tcp: a client's connections over the limit are closed", async (bench) => {
  let hits = 0;
  const server = createTcpServer((socket) => {
    hits++;
    socket.end("hello");
  });
  await whileListening([server], async () => {
    const app = await ownApp("/raw", [server], { labels: { HAPROXY_0_RATE_LIMIT: "3/10m" } });
    await serveApps(bench, [app]);
    const heard: string[] = [];
    for (let asked = 0; asked < 5; asked++) {
      const socket = connect({ host: "127.0.0.1", port: app.portDefinitions[0]!.port });
      await once(socket, "connect");
      heard.push(await text(socket).catch(() => ""));
    }
    assert.deepEqual(heard, ["hello", "hello", "hello", "", ""]);
    assert.equal(hits, 3);
  });
});

/** A column of HAProxy's statistics: a cell for each row of a backend that has a number there, by the row's name. */
async function column(bench: Bench, app: string, name: string): Promise<Record<string, number>> {
  const [head = "", ...rows] = (await bench.ask("/haproxy?stats;csv")).split("\n");
  const at = head.replace(/^# /, "").split(",").indexOf(name);
  assert.ok(at > 0, name);
  const cells = rows.map((row) => row.split(",")).filter(([proxy = ""]) => proxy.startsWith(`${app}_`));
  return Object.fromEntries(cells.filter((row) => row[at] !== "").map((row) => [row[1], Number(row[at])]));
}

feature(
  "maxconn: a task gets so many requests at a time, more wait in the queue and get 503 in the end",
  async (bench) => {
    const server = countingServer({ hold: true });
    await whileListening([server], async () => {
      const app = (id: string, more: Readonly<Record<string, string>>) =>
        ownApp(id, [server], {
          labels: { HAPROXY_0_VHOST: `${id.slice(1)}.test`, HAPROXY_0_MAXCONN: "2", ...more },
        });
      await serveApps(bench, [
        await app("/own", {}),
        await app("/hasty", { HAPROXY_0_TIMEOUT_QUEUE: "100ms" }),
      ]);
      const asked = Array.from({ length: 3 }, () => ask(bench.http, "own.test"));
      await eventually(async () => {
        assert.equal(server.counted.hits, 2);
        assert.equal((await column(bench, "own", "qcur")).BACKEND, 1);
      });
      server.counted.held.shift()!.end("hello");
      await eventually(() => assert.equal(server.counted.hits, 3));
      for (const response of server.counted.held.splice(0)) response.end("hello");
      assert.deepEqual((await Promise.all(asked)).map(({ status }) => status), [200, 200, 200]);

      const hasty = Array.from({ length: 2 }, () => ask(bench.http, "hasty.test"));
      await eventually(() => assert.equal(server.counted.hits, 5));
      assert.equal((await ask(bench.http, "hasty.test")).status, 503);
      assert.equal(server.counted.hits, 5);
      for (const response of server.counted.held.splice(0)) response.end("hello");
      assert.deepEqual((await Promise.all(hasty)).map(({ status }) => status), [200, 200]);
    });
  },
);

feature("maxconn: a task that is added at run time has the same one", async (bench) => {
  const marathon = await bench.startMarathon();
  const labels = { HAPROXY_0_VHOST: "own.test", HAPROXY_0_MAXCONN: "7" };
  await using own = await NamedTasks.start(marathon, ["one", "two"], labels);
  own.set(["one"]);
  const lb = await bench.serve();
  await withoutReload(bench, async () => {
    own.announce(["one", "two"]);
    await eventually(async () => {
      const limits = await column(bench, "own", "slim");
      assert.deepEqual(["one", "two"].map((name) => limits[own.server(name)]), [7, 7]);
    });
  });
  await bench.stop(lb);
});

feature("retries and redispatch: whether another task gets what one does not accept", async (bench) => {
  const server = countingServer();
  await whileListening([server], async () => {
    const app = async (id: string, labels: Readonly<Record<string, string>>) => {
      const one = await ownApp(id, [server], {
        labels: { HAPROXY_0_VHOST: `${id.slice(1)}.test`, ...labels },
      });
      const dead = { ...one.tasks[0]!, id: "own.2", ports: [await freePort()] };
      return { ...one, instances: 2, tasks: [...one.tasks, dead] };
    };
    await serveApps(bench, [
      await app("/none", { HAPROXY_0_RETRIES: "0", HAPROXY_0_REDISPATCH: "false" }),
      await app("/other", { HAPROXY_0_RETRIES: "1", HAPROXY_0_REDISPATCH: "true" }),
    ]);
    const statusesOf = async (host: string) => {
      const statuses: number[] = [];
      for (let asked = 0; asked < 6; asked++) statuses.push((await ask(bench.http, host)).status);
      return statuses.sort();
    };
    assert.deepEqual(await statusesOf("none.test"), [200, 200, 200, 503, 503, 503]);
    assert.equal(server.counted.hits, 3);
    assert.deepEqual(await statusesOf("other.test"), [200, 200, 200, 200, 200, 200]);
    assert.equal(server.counted.hits, 9);
  });
});

/** What comes back for a text until HAProxy ends the connection, far below the times of the defaults: 15 s and more. */
async function heard({ portDefinitions }: Awaited<ReturnType<typeof ownApp>>, sent: string): Promise<string> {
  const signal = AbortSignal.timeout(Math.min(deadline, 14_000));
  const socket = connect({ host: "127.0.0.1", port: portDefinitions[0]!.port, signal });
  await once(socket, "connect");
  socket.write(sent);
  return await text(socket);
}

feature(
  "timeouts: of the task that does not answer, and of an idle connection in mode tcp",
  async (bench) => {
    const server = countingServer({ hold: true });
    const silent = createTcpServer((socket) => socket.on("error", () => {/* HAProxy cuts it */}));
    await whileListening([server, silent], async () => {
      const labels = { HAPROXY_0_VHOST: "slow.test", HAPROXY_0_TIMEOUT_SERVER: "200ms" };
      const slow = await ownApp("/slow", [server], { labels });
      const raw = await ownApp("/raw", [silent], { labels: { HAPROXY_0_TIMEOUT_TUNNEL: "200ms" } });
      await serveApps(bench, [slow, raw]);
      assert.equal((await ask(bench.http, "slow.test")).status, 504);
      assert.equal(server.counted.hits, 1);
      assert.equal(await heard(raw, "hello"), "");
    });
  },
);

feature("timeouts: of the client that does not send its headers, or reads no answer", async (bench) => {
  let [begun, cut] = [0, 0];
  const piece = "x".repeat(65_536);
  // Sends more than the buffers on the way hold. Without a length, the timeout of tunnels would count.
  const server = createTcpServer((socket) => {
    const send = () => {
      while (socket.writable && socket.write(piece));
    };
    socket.once("data", () => {
      begun++;
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n");
      send();
    });
    socket.on("drain", send).on("error", () => {/* HAProxy cuts it */}).on("close", () => cut++);
  });
  await whileListening([server], async () => {
    const app = (id: string, labels: Readonly<Record<string, string>>) =>
      ownApp(id, [server], { labels: { HAPROXY_0_MODE: "http", ...labels } });
    const headers = await app("/headers", { HAPROXY_0_TIMEOUT_HTTP_REQUEST: "200ms" });
    const reader = await app("/reader", { HAPROXY_0_TIMEOUT_CLIENT: "200ms" });
    await serveApps(bench, [headers, reader]);
    assert.match(await heard(headers, "GET / HTTP/1.1\r\nHost: any.test\r\n"), /^HTTP\/1\.1 408 /);

    const socket = connect({ host: "127.0.0.1", port: reader.portDefinitions[0]!.port });
    socket.pause().on("error", () => {/* HAProxy cuts it */});
    await once(socket, "connect");
    const begin = performance.now();
    socket.write("GET / HTTP/1.1\r\nHost: any.test\r\n\r\n");
    await eventually(() => assert.deepEqual([begun, cut], [1, 1]));
    assert.ok(performance.now() - begin < 29_000, "the default would have been 30 s");
    socket.destroy();
  });
});
