import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { deadline } from "../../../tools/harness/eventually.ts";
import { feature } from "../support/feature.ts";
import { ownApp, whileListening } from "../support/ownApp.ts";
import { serveApps, workerStarted } from "../support/serveApps.ts";

/** The example of RFC 6455, section 1.3. */
const key = "dGhlIHNhbXBsZSBub25jZQ==";

/** What a server answers to a key; HAProxy makes sure of it. */
function acceptOf(key: string): string {
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}

feature("WebSocket: a vhost upgrades connections, on HTTP and HTTPS, also across a reload", async (bench) => {
  const server = createServer((_, response) => response.writeHead(400).end());
  server.on("upgrade", (request, socket: Socket) => {
    socket.on("error", () => {/* the client went away */});
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        `Sec-WebSocket-Accept: ${acceptOf(request.headers["sec-websocket-key"]!)}\r\n\r\n`,
    );
    socket.pipe(socket);
  });
  await whileListening([server], async () => {
    const app = await ownApp("/chat", [server], { labels: { HAPROXY_0_VHOST: "chat.test" } });
    const { marathon, lb } = await serveApps(bench, [app]);
    const { http, https } = bench.ports;
    const host = "127.0.0.1";
    const sockets = [
      connectPlain({ host, port: http }),
      connectTls({ host, port: https, servername: "chat.test", rejectUnauthorized: false }),
    ];
    try {
      for (const socket of sockets) {
        socket.write(
          "GET /room HTTP/1.1\r\nHost: chat.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
            `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
        );
        const answer = await hear(socket);
        assert.match(answer, /^HTTP\/1\.1 101 /);
        assert.ok(answer.toLowerCase().includes(`sec-websocket-accept: ${acceptOf(key)}\r\n`.toLowerCase()));
      }
      await assertEcho(sockets, "one");

      const begin = lb.lines.length;
      const labels = { HAPROXY_0_VHOST: "chat.test,other.test" };
      marathon.setApps([{ ...app, labels: { ...app.labels, ...labels } }]);
      lb.signal("SIGHUP");
      await lb.until(workerStarted, begin);
      await lb.until(/Applied/, begin);
      await assertEcho(sockets, "two");
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });
});

async function assertEcho(sockets: readonly Socket[], text: string): Promise<void> {
  for (const socket of sockets) {
    socket.write(text);
    assert.equal(await hear(socket), text);
  }
}

/** What comes next. */
async function hear(socket: Socket): Promise<string> {
  const [bytes] = await once(socket, "data", { signal: AbortSignal.timeout(deadline) });
  return String(bytes);
}
