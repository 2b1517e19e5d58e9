import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { parseSyslogTarget } from "../../../lib/core/log/syslog.ts";
import { systemClock } from "../../../lib/shell/system/clock.ts";
import { openStream, openSyslog } from "../../../lib/shell/log/syslogTransports.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { freePort } from "../../../tools/harness/freePort.ts";
import { SyslogServer } from "../../support/SyslogServer.ts";
import { withDirectory } from "../system/withDirectory.ts";
import { eventually } from "../../../tools/harness/eventually.ts";

const never = new AbortController().signal;

function open(address: string, signal = never) {
  const target = parseSyslogTarget(address);
  assert.ok(target && target.transport !== "none");
  return openSyslog(target, systemClock, signal);
}

const texts = ["one", "ünïcode", "x".repeat(8192)];

async function assertArrives(server: SyslogServer, address = server.address): Promise<void> {
  const connection = await open(address);
  for (const text of texts) await connection.send(new TextEncoder().encode(text), never);
  await connection.flush();
  connection.destroy();
  await eventually(() => server.messages.length >= texts.length);
  assert.deepEqual(server.messages, texts);
}

const transports: [name: string, start: (directory: string) => Promise<SyslogServer>][] = [
  ["UDP", () => SyslogServer.udp()],
  ["UDP by IPv6", () => SyslogServer.udp("::1")],
  ["TCP", () => SyslogServer.tcp()],
  ["a Unix stream socket", (directory) => SyslogServer.unix(join(directory, "log"))],
];
for (const [name, start] of transports) {
  Deno.test(`messages arrive by ${name}, one by one`, () =>
    withDirectory(async (directory) => {
      await using server = await start(directory);
      await assertArrives(server);
    }));
}

Deno.test("many messages by UDP leave turns to others", async () => {
  await using server = await SyslogServer.udp();
  const connection = await open(server.address);
  let [turns, done] = [0, false];
  const others = (async () => {
    for (; !done; turns++) await setImmediate();
  })();
  for (let count = 0; count < 1_000; count++) await connection.send(new Uint8Array([65]), never);
  assert.ok(turns >= 9, `${turns} turns`);
  done = true;
  await others;
  connection.destroy();
});

Deno.test("a server may be given by its name", async () => {
  await using server = await SyslogServer.tcp();
  await assertArrives(server, server.address.replace("127.0.0.1", "localhost"));
});

Deno.test("no listener, no such socket and no such host are refused with the reason", () =>
  withDirectory(async (directory) => {
    await assert.rejects(open(`tcp://127.0.0.1:${await freePort()}`), { code: "ECONNREFUSED" });
    await assert.rejects(open(join(directory, "log")), { code: "ENOENT" });
    for (const transport of ["udp", "tcp"]) {
      // RFC 6761 keeps this domain from ever having hosts.
      await assert.rejects(
        open(`${transport}://host.invalid`),
        /getaddrinfo (ENOTFOUND|EAI_AGAIN)|host\.invalid/,
      );
    }
  }));

Deno.test("an aborted signal ends connecting with its reason", async () => {
  await using server = await SyslogServer.tcp();
  const reason = new Error("enough");
  await assert.rejects(open(server.address, AbortSignal.abort(reason)), reason);
  const abort = new AbortController();
  const opening = open(server.address, abort.signal);
  abort.abort(reason);
  await assert.rejects(opening, reason);
  await eventually(() => server.connections.size === 0);
});

Deno.test("a server that hangs up is noticed without a message, and takes none", async () => {
  await using server = await SyslogServer.tcp();
  const connection = await open(server.address);
  await eventually(() => server.connections.size === 1);
  server.hangUp();
  await eventually(() => connection.gone.aborted);
  await assert.rejects(connection.send(new Uint8Array(1), never), connection.gone.reason);
  connection.destroy();
});

/** Connects to a server that does not read until `socket.resume()`. */
async function withDeafServer(
  use: (deaf: { server: Server; port: number; socket: () => Socket }) => Promise<void>,
): Promise<void> {
  const server = createServer({ pauseOnConnect: true });
  const sockets: Socket[] = [];
  server.on("connection", (socket: Socket) => sockets.push(socket.on("error", () => {})));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(address && typeof address === "object");
  try {
    await use({ server, port: address.port, socket: () => sockets[0]! });
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

Deno.test("a server that does not read holds the messages up; 30 s of it are the end", () =>
  withDeafServer(async ({ port, socket }) => {
    const clock = new FakeClock();
    const connection = await openStream(
      { address: { host: "127.0.0.1", port }, terminator: 10, clock },
      never,
    );
    const message = new Uint8Array(8192);
    /** Sends until a message is held up: how it ends. */
    async function fill(): Promise<{ end: Promise<Error | undefined> }> {
      while (true) {
        let settled = false;
        const sending = connection.send(message, never).then(() => undefined, (error: Error) => error)
          .finally(() => settled = true);
        for (let turn = 0; turn < 20 && !settled; turn++) await setImmediate();
        if (!settled) return { end: sending };
      }
    }
    const held = await fill();
    await clock.advance(29_999);
    socket().resume();
    assert.equal(await held.end, undefined, "it went on when the server read again");

    socket().pause();
    let failure: Error | undefined;
    // What is held up may yet go into the system's buffers.
    while (!failure) {
      const { end } = await fill();
      await clock.advance(30_000);
      failure = await end;
    }
    assert.equal(failure.message, "it has accepted nothing for 30 s");
    connection.destroy();
  }));
