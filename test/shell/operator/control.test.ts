import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ControlRoutes, controlRoutes, ControlServer } from "../../../lib/shell/operator/control.ts";

const routes: ControlRoutes = {
  "POST /signal/hup": () => ({ status: 200, type: "text/plain", body: "done" }),
  "GET /status": () => Promise.resolve({ status: 503, type: "application/json", body: '{"städte":1}' }),
  "GET /broken": () => Promise.reject(new Error("out of order")),
};

async function withPath(test: (path: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "control-"));
  await test(join(directory, "control.sock")).finally(() => rm(directory, { recursive: true }));
}

async function withServer(test: (path: string) => Promise<void>): Promise<void> {
  await withPath(async (path) => {
    const server = await ControlServer.listen(path, routes);
    await test(path).finally(() => server.close());
  });
}

async function ask(socketPath: string, method: string, path: string) {
  const sent = request({ socketPath, method, path });
  sent.end();
  const [response] = await once(sent, "response");
  let body = "";
  for await (const chunk of response.setEncoding("utf8")) body += chunk;
  return `${response.statusCode} ${response.headers["content-type"]} ${body}`;
}

Deno.test("ControlServer: answers by method and path", () =>
  withServer(async (path) => {
    assert.equal(await ask(path, "POST", "/signal/hup"), "200 text/plain done");
    assert.equal(await ask(path, "GET", "/status?verbose"), '503 application/json {"städte":1}');
    assert.equal(await ask(path, "GET", "/signal/hup"), "404 text/plain No such endpoint: GET /signal/hup\n");
    assert.equal(
      await ask(path, "GET", "/constructor"),
      "404 text/plain No such endpoint: GET /constructor\n",
    );
    assert.equal(await ask(path, "GET", "/broken"), "500 text/plain out of order\n");
  }));

Deno.test("ControlServer: passes the query on, and more headers back", () =>
  withPath(async (path) => {
    const server = await ControlServer.listen(path, {
      "GET /echo": (parameters) => ({
        status: 200,
        type: "text/plain",
        body: JSON.stringify([...parameters]),
        headers: { "x-content-type-options": "nosniff" },
      }),
    });
    try {
      const sent = request({ socketPath: path, path: "/echo?id=/a%20b&q=x+y&url=http://a/?b" });
      sent.end();
      const [response] = await once(sent, "response");
      let body = "";
      for await (const chunk of response.setEncoding("utf8")) body += chunk;
      assert.deepEqual(JSON.parse(body), [["id", "/a b"], ["q", "x y"], ["url", "http://a/?b"]]);
      assert.equal(response.headers["x-content-type-options"], "nosniff");
    } finally {
      await server.close();
    }
  }));

Deno.test("ControlServer: listens again, with the same routes, where its socket was removed", () =>
  withPath(async (path) => {
    const server = await ControlServer.listen(path, routes);
    try {
      const { ino } = await stat(path);
      await server.remake();
      assert.equal((await stat(path)).ino, ino, "nothing was wrong");
      await rm(path);
      await server.remake();
      assert.equal(await ask(path, "POST", "/signal/hup"), "200 text/plain done");
      await rm(path);
      await rename(join(path, ".."), `${join(path, "..")}-moved`);
      await assert.rejects(server.remake(), /^Error: Cannot listen on the control socket/);
      await rename(`${join(path, "..")}-moved`, join(path, ".."));
      await server.remake();
      assert.equal(await ask(path, "POST", "/signal/hup"), "200 text/plain done");
    } finally {
      await server.close();
    }
    assert.deepEqual(await readdir(join(path, "..")), []);
  }));

Deno.test("ControlServer: any user may connect, and nothing is left after close", () =>
  withPath(async (path) => {
    const server = await ControlServer.listen(path, routes);
    assert.equal((await stat(path)).mode & 0o777, 0o666);
    await server.close();
    assert.deepEqual(await readdir(join(path, "..")), []);
  }));

Deno.test("ControlServer: takes the place of a socket that is held open but never answers", () =>
  withPath(async (path) => {
    const silent = createServer((socket) => void socket.resume()).listen(path);
    await once(silent, "listening");
    await ControlServer.refuseAnother(path);
    const server = await ControlServer.listen(path, routes);
    assert.equal(await ask(path, "POST", "/signal/hup"), "200 text/plain done");
    await server.close();
    silent.close();
    await once(silent, "close");
  }));

Deno.test("ControlServer: leaves the socket of a living process alone", () =>
  withServer(async (path) => {
    await assert.rejects(
      ControlServer.refuseAnother(path),
      /Another marathon-lb already listens on \S+control\.sock/,
    );
    assert.equal(await ask(path, "POST", "/signal/hup"), "200 text/plain done");
  }));

Deno.test("ControlServer: takes the place of a dead process", () =>
  withPath(async (path) => {
    const dead = createServer().listen(`${path}.elsewhere`);
    await once(dead, "listening");
    // Under another name the socket outlives its server, as it does when a process is killed.
    await rename(`${path}.elsewhere`, path);
    dead.close();
    await once(dead, "close");
    assert.ok((await stat(path)).isSocket());
    await ControlServer.refuseAnother(path);
    const server = await ControlServer.listen(path, routes);
    assert.equal(await ask(path, "POST", "/signal/hup"), "200 text/plain done");
    await server.close();
  }));

Deno.test("ControlServer: a path that cannot be used", () =>
  withPath(async (path) => {
    await writeFile(path, "");
    await assert.rejects(
      ControlServer.listen(join(path, "control.sock"), routes),
      ({ message }: Error) => message.includes(join(path, "control.sock")),
    );
  }));

/** The routes of a controller with this to tell. */
function routesOf({ ticks = [] as string[], reasons = [] as string[] } = {}) {
  const status = {
    metrics: (certificates: readonly unknown[]) => `metrics, ${certificates.length} certificate\n`,
    health: () => ({ healthy: reasons.length === 0, reasons }),
    status: (certificates: readonly unknown[]) => JSON.stringify({ certificates }),
  };
  const certificates = () => Promise.resolve([{ path: "/c.pem", error: "gone" }]);
  return controlRoutes((reason) => ticks.push(reason), status, certificates);
}

for (const [path, signal] of [["hup", "SIGHUP"], ["usr1", "SIGUSR1"]] as const) {
  Deno.test(`controlRoutes: /signal/${path} is as good as ${signal}`, async () => {
    const ticks: string[] = [];
    const routes = routesOf({ ticks });
    assert.deepEqual(ticks, []);
    assert.deepEqual(await routes[`POST /signal/${path}`]!(new URLSearchParams()), {
      status: 200,
      type: "text/plain",
      body: `${signal} delivered\n`,
    });
    assert.deepEqual(ticks, [signal]);
  });
}

const reports: readonly [route: string, reasons: string[], status: number, type: RegExp, body: string][] = [
  ["GET /metrics", [], 200, /^text\/plain; version=0\.0\.4/, "metrics, 1 certificate\n"],
  ["GET /status", ["x"], 200, /^application\/json$/, '{"certificates":[{"path":"/c.pem","error":"gone"}]}'],
  ["GET /health", [], 200, /^text\/plain/, "healthy\n"],
  [
    "GET /health",
    ["HAProxy is gone", "so is Marathon"],
    503,
    /^text\/plain/,
    "HAProxy is gone\nso is Marathon\n",
  ],
];
for (const [route, reasons, status, type, body] of reports) {
  Deno.test(`controlRoutes: ${route}, ${reasons.length} reasons`, async () => {
    const answer = await routesOf({ reasons })[route]!(new URLSearchParams());
    assert.deepEqual([answer.status, answer.body], [status, body]);
    assert.match(answer.type, type);
  });
}
