import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ControlRoutes, ControlServer } from "../../../lib/shell/haproxy/ControlServer.ts";

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

Deno.test("ControlServer: listens anew, with the same routes, where its socket was removed", () =>
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
    const server = await ControlServer.listen(path, routes);
    assert.equal(await ask(path, "POST", "/signal/hup"), "200 text/plain done");
    await server.close();
    silent.close();
    await once(silent, "close");
  }));

Deno.test("ControlServer: leaves the socket of a living process alone", () =>
  withServer(async (path) => {
    await assert.rejects(
      ControlServer.listen(path, {}),
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
