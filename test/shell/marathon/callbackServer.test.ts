import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { CallbackServer, readCallback } from "../../../lib/shell/marathon/callbackServer.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";
import { eventually } from "../../../tools/harness/eventually.ts";
import { sendRaw } from "./support/sendRaw.ts";
import { type CallbackBench, withCallbackServer } from "./support/withCallbackServer.ts";

const matters = JSON.stringify({ eventType: "status_update_event", appId: "/web" });

function test(name: string, run: (bench: CallbackBench) => Promise<void>, limits = {}): void {
  Deno.test(`CallbackServer: ${name}`, () => withCallbackServer(limits, run));
}

async function post(url: string, body: string | Uint8Array<ArrayBuffer>): Promise<number> {
  const response = await fetch(url, { method: "POST", body });
  await response.body?.cancel();
  return response.status;
}

/** A connection to the listener, and its end, which may be a reset. */
function openSocket(port: number): { socket: Socket; closed: Promise<void> } {
  const socket = connect({ port, host: "127.0.0.1" });
  socket.on("error", () => {/* `closed` follows */});
  socket.resume();
  return { socket, closed: new Promise((resolve) => socket.on("close", () => resolve())) };
}

/** Resolves when an event is taken: on a busy machine even that may be too slow for the bounds of a test. */
async function untilTaken(url: string): Promise<void> {
  await eventually(() => post(url, matters).then((status) => status === 200, () => false));
}

test("accepts events, and reports those that matter", async ({ url, heard, log }) => {
  const types = ["api_post_event", "subscribe_event", "instance_changed_event", "of a later Marathon"];
  for (const eventType of types) assert.equal(await post(url, JSON.stringify({ eventType })), 200);
  assert.equal(await post(`${url}/any/path?x=1`, matters), 200);
  assert.deepEqual(heard, ["api_post_event", "instance_changed_event", "status_update_event"]);
  assert.deepEqual(log, []);
});

test("answers what is no event with 400 and says what is expected", async ({ url, heard }) => {
  const bodies = ["", "{", "[]", "{}", new Uint8Array([0xff, 0xfe, 0x00]), "x".repeat(1_000_000)];
  for (const body of bodies) assert.equal(await post(url, body), 400);
  const response = await fetch(url, { method: "POST", body: "{" });
  assert.match(await response.text(), /^Expected an event of Marathon: .*\n$/);
  assert.deepEqual(heard, []);
  assert.equal(await post(url, matters), 200);
  assert.deepEqual(heard, ["status_update_event"]);
});

test("answers other methods with 405", async ({ url, heard }) => {
  for (const method of ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
    const body = method === "PUT" || method === "PATCH" ? matters : undefined;
    const response = await fetch(url, { method, body });
    await response.body?.cancel();
    assert.deepEqual([response.status, response.headers.get("allow")], [405, "POST"], method);
  }
  assert.deepEqual(heard, []);
});

test("answers a body over the bound with 413, of a stated length or not", async ({ url, heard }) => {
  const event = (length: number) => matters.padEnd(length);
  assert.equal(await post(url, event(1_000)), 200);
  assert.equal(await post(url, event(1_001)), 413);
  assert.equal(await post(url, event(5_000_000)), 413);
  const pieces = new ReadableStream({
    start(controller) {
      for (let i = 0; i < 20; i++) controller.enqueue(new TextEncoder().encode(event(100)));
      controller.close();
    },
  });
  const response = await fetch(url, { method: "POST", body: pieces, duplex: "half" } as RequestInit);
  await response.body?.cancel();
  assert.equal(response.status, 413);
  assert.deepEqual(heard, ["status_update_event"]);
}, { bodyBytes: 1_000 });

const slow: [name: string, begin: string][] = [
  ["says nothing", ""],
  ["stops in the head", "POST / HTTP/1.1\r\nHost: lb\r\nConten"],
  ["stops in the body", "POST / HTTP/1.1\r\nHost: lb\r\nContent-Length: 100\r\n\r\n{"],
];
for (const [name, begin] of slow) {
  test(`ends a connection that ${name}`, async ({ server, url, heard }) => {
    const answer = await sendRaw(server.port, begin);
    assert.match(answer, /^(HTTP\/1\.1 408 .*)?$/s);
    assert.deepEqual(heard, []);
    await untilTaken(url);
  }, { headTimeout: 100, requestTimeout: 200 });
}

test("ends a connection that drips", async ({ server, url }) => {
  const { socket, closed } = openSocket(server.port);
  socket.write("POST / HTTP/1.1\r\nHost: lb\r\nContent-Length: 1000000\r\n\r\n");
  const drip = setInterval(() => socket.write(" "), 10);
  await closed;
  clearInterval(drip);
  await untilTaken(url);
}, { headTimeout: 100, requestTimeout: 200 });

test("refuses connections over the bound, and takes some again when there is room", async (bench) => {
  const { server, url, heard } = bench;
  const sockets = [];
  for (let i = 0; i < 3; i++) {
    const opened = openSocket(server.port);
    await once(opened.socket, "connect");
    sockets.push(opened.socket);
  }
  await openSocket(server.port).closed;
  for (const socket of sockets) socket.destroy();
  await untilTaken(url);
  assert.ok(heard.length > 0);
}, { connections: 3 });

test("takes many events at once", async ({ server, heard }) => {
  const request = `POST / HTTP/1.1\r\nHost: lb\r\nContent-Length: ${matters.length}\r\n\r\n${matters}`;
  const last = request.replace("Host: lb", "Host: lb\r\nConnection: close");
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => sendRaw(server.port, request.repeat(999) + last)),
  );
  for (const answer of answers) assert.equal(answer.match(/HTTP\/1\.1 200 OK/g)?.length, 1_000);
  assert.equal(heard.length, 5_000);
});

Deno.test("CallbackServer: an address in use is reported in one line", () =>
  withCallbackServer({}, async ({ server }) => {
    const address = { host: "127.0.0.1", port: server.port };
    await assert.rejects(CallbackServer.listen(address, new RecordingLogger()), {
      message: new RegExp(
        `^Cannot listen for Marathon's callbacks on 127\\.0\\.0\\.1:${server.port}: .*EADDRINUSE.*; give an address`,
      ),
    });
  }));

Deno.test("CallbackServer: * listens on every address", async () => {
  const server = await CallbackServer.listen({ host: "*", port: 0 }, new RecordingLogger());
  try {
    assert.equal(await post(`http://127.0.0.1:${server.port}`, matters), 200);
  } finally {
    await server.close();
  }
});

Deno.test("CallbackServer: close ends the connections that are open", async () => {
  const server = await CallbackServer.listen({ host: "127.0.0.1", port: 0 }, new RecordingLogger());
  const { socket, closed } = openSocket(server.port);
  await once(socket, "connect");
  socket.write("POST / HTTP/1.1\r\nHost: lb\r\nContent-Length: 9\r\n\r\n{");
  await server.close();
  await closed;
});

const cases: [body: string, eventType: string | undefined][] = [
  ['{"eventType":"status_update_event","taskId":"a"}', "status_update_event"],
  [' \r\n{"eventType":"of a later Marathon"}\n', "of a later Marathon"],
  ['{"eventType":"a","eventType":"b"}', "b"],
  ["", undefined],
  ["{", undefined],
  ["null", undefined],
  ["7", undefined],
  ["{}", undefined],
  ['["eventType"]', undefined],
  ['[{"eventType":"status_update_event"}]', undefined],
  ['{"eventType":""}', undefined],
  ['{"eventType":7}', undefined],
  ['{"eventType":{"toString":1}}', undefined],
  ['{"__proto__":{"eventType":"status_update_event"}}', undefined],
  ['{"eventType":"a"}\n{"eventType":"b"}', undefined],
  ["[".repeat(100_000), undefined],
];

for (const [body, eventType] of cases) {
  Deno.test(`readCallback: ${body.slice(0, 60)}`, () => assert.equal(readCallback(body), eventType));
}
