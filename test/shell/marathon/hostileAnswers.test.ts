import assert from "node:assert/strict";
import type { RequestListener, ServerResponse } from "node:http";
import { createServer, type Socket } from "node:net";
import { pipeline, Readable } from "node:stream";
import { createGzip, gzipSync } from "node:zlib";
import { selfSignedCertificate } from "../../../lib/shell/certificates/prepare.ts";
import { systemClock } from "../../../lib/shell/system/clock.ts";
import type { MarathonClient } from "../../../lib/shell/marathon/client.ts";
import { TooLarge } from "../../../lib/shell/marathon/http.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { eventually } from "../../../tools/harness/eventually.ts";
import { makeClient } from "./support/makeClient.ts";
import { TestServer } from "./TestServer.ts";

const never = new AbortController().signal;

/** How much a server wrote, before compression, of a body that goes on for 1.5 GB unless its reader ends it. */
class Flood {
  written = 0;
  readonly #end = 1_500_000_000;

  constructor(readonly status: number, readonly begin: string, readonly zipped: boolean) {}

  readonly answer: RequestListener = (_, response) => {
    const headers = { "content-type": "application/json", ...this.zipped && { "content-encoding": "gzip" } };
    response.writeHead(this.status, headers);
    const pieces = Readable.from(this.#pieces());
    const gzip = createGzip({ level: 1 });
    const done = () => {/* the client may end it */};
    if (this.zipped) pipeline(pieces, gzip, response, done);
    else pipeline(pieces, response, done);
  };

  *#pieces(): Generator<Uint8Array> {
    yield new TextEncoder().encode(this.begin);
    const piece = new Uint8Array(2 ** 20).fill(48);
    for (; this.written < this.#end; this.written += piece.length) yield piece;
  }
}

const floods: [
  what: string,
  ask: (client: MarathonClient) => Promise<unknown>,
  status: number,
  begin: string,
  told: RegExp,
][] = [
  ["an error", (client) => client.apps(never), 500, '{"message":"', /: HTTP 500\. See Marathon's log\.$/],
  [
    "a fact",
    (client) => client.get("/v2/info", never),
    200,
    '{"name":"',
    /: the answer has more than 1 MiB\. /,
  ],
  [
    "all apps",
    (client) => client.apps(never),
    200,
    '{"offset":"',
    /does not begin with the apps and has more than 32 MiB/,
  ],
  [
    "all apps, one of them without an end",
    (client) => client.apps(never),
    200,
    '{"apps":[{"id":"/a"},{"id":"/big","cmd":"',
    /: the answer has more than 40 MiB\. Check that --marathon is Marathon's URL, or raise --answer-limit\.$/,
  ],
];
for (const zipped of [true, false]) {
  for (const [what, ask, status, begin, told] of floods) {
    Deno.test(`${what} with a body of 1.5 GB${zipped ? " in gzip" : ""} is given up at its limit`, async () => {
      const flood = new Flood(status, begin, zipped);
      await using server = await TestServer.start(flood.answer);
      using made = makeClient({ urls: [server.url], mostBytes: 40 * 2 ** 20 });
      await assert.rejects(ask(made.client), (error: Error) => {
        assert.match(error.message, told);
        return true;
      });
      await server.untilUnconnected();
      // Buffers on the way hold hundreds of kilobytes, a thousand times as much before compression.
      assert.ok(flood.written < 1_000_000_000, `${flood.written} bytes were written`);
    });
  }
}

Deno.test("an app with more than an app may have is too large, and no failure", async () => {
  const flood = new Flood(200, '{"app":{"id":"/big","cmd":"', true);
  await using server = await TestServer.start(flood.answer);
  using made = makeClient({ urls: [server.url] });
  assert.ok(await made.client.app("/big", never) instanceof TooLarge);
  await server.untilUnconnected();
  assert.ok(flood.written < 1_000_000_000, `${flood.written} bytes were written`);
});

Deno.test("a giant app costs no other one its place in the list", async () => {
  const big = `{"id":"/big","cmd":"${"x".repeat(20 * 2 ** 20)}"}`;
  const body = gzipSync(`{"apps":[{"id":"/a"},${big},{"id":"/z"}]}`);
  await using server = await TestServer.start((_, response) =>
    void response.writeHead(200, { "content-encoding": "gzip" }).end(body)
  );
  using made = makeClient({ urls: [server.url] });
  const { apps, problems } = await made.client.apps(never);
  assert.deepEqual([[...apps.keys()], [...problems.keys()]], [["/a", "/z"], ["/big"]]);
});

Deno.test("a kept connection is used again after answers in gzip", async () => {
  const ports = new Set<number | undefined>();
  await using server = await TestServer.start((request, response) => {
    ports.add(request.socket.remotePort);
    response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync('{"apps":[]}'));
  });
  using made = makeClient({ urls: [server.url] });
  for (let count = 0; count < 3; count++) await made.client.apps(never);
  assert.equal(ports.size, 1);
});

Deno.test("an event stream in gzip, which was not requested, is refused", async () => {
  await using server = await TestServer.start((_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream", "content-encoding": "gzip" });
    response.write(gzipSync(new Uint8Array(2 ** 20)));
  });
  using made = makeClient({ urls: [server.url] });
  await assert.rejects(
    made.client.openEvents("/v2/events", never),
    /answered text\/event-stream in the encoding gzip instead of an event stream/,
  );
  await server.untilUnconnected();
});

for (const id of ["/../../v2/leader?x", "/../../v2/leader", "/a/../b", "web", "/a?x", "/a#x", "/a%2f"]) {
  Deno.test(`${id} is no app's id, and no path is made of it`, async () => {
    await using server = await TestServer.start((_, response) => void response.end("{}"));
    using made = makeClient({ urls: [server.url] });
    await assert.rejects(
      made.client.app(id, never),
      /is no app id; expected one such as "\/group\/app"/,
    );
    assert.deepEqual(server.requests, []);
  });
}

Deno.test("the answer names the Marathon that sent it, and its leader", async () => {
  await using server = await TestServer.start((_, response) =>
    void response.writeHead(200, { "X-Marathon-Leader": "http://m1:8080" }).end('{"apps":[]}')
  );
  using made = makeClient({ urls: [server.url] });
  assert.equal(made.client.speaker, undefined);
  await made.client.apps(never);
  assert.deepEqual(made.client.speaker, { url: server.url, leader: "http://m1:8080" });
});

/** Sends a byte every so many milliseconds of the client's clock. */
async function drip(clock: FakeClock, response: ServerResponse, every: number): Promise<void> {
  let open = true;
  response.on("close", () => open = false);
  response.writeHead(200);
  while (open) {
    const { slept: { length } } = clock;
    response.write(" ");
    // The client has taken it, and waits for the next.
    await eventually(() => !open || clock.slept.length > length);
    await clock.advance(every);
    await eventually(() => !open || clock.sleeping > 0);
  }
}

const drips: [what: string, ask: (client: MarathonClient) => Promise<unknown>, reason: RegExp][] = [
  ["a fact", (client) => client.get("/v2/info", never), /: no whole answer within 46 s\. Check the network/],
  ["all apps", (client) => client.apps(never), /: no more than \d+ bytes within \d+ s\. Check the network/],
  [
    "one app",
    (client) => client.app("/a", never),
    /: no more than \d+ bytes within \d+ s\. Check the network/,
  ],
];
for (const [what, ask, reason] of drips) {
  Deno.test(`a body that drips, of ${what}, is given up after the time for an answer`, async () => {
    const answers: ServerResponse[] = [];
    await using server = await TestServer.start((_, response) => void answers.push(response));
    using made = makeClient({ urls: [server.url], answerTimeout: 46_000 });
    const began = made.clock.monotonic();
    const asked = assert.rejects(ask(made.client), (error: Error) => {
      assert.match(error.message, reason);
      return true;
    });
    await eventually(() => answers.length === 1);
    await drip(made.clock, answers[0]!, 5_000);
    await asked;
    assert.ok(made.clock.monotonic() - began < 60_000, `${made.clock.monotonic() - began} ms`);
    await server.untilUnconnected();
  });
}

/** Answers on the wire, as no HTTP library would write them. */
const wires: [what: string, wire: string | Uint8Array, expected: string[] | RegExp][] = [
  ["HTTP/1.0 without a length", 'HTTP/1.0 200 OK\r\n\r\n{"apps":[{"id":"/a"}]}', ["/a"]],
  ["HTTP/1.0, cut in the list", 'HTTP/1.0 200 OK\r\n\r\n{"apps":[{"id":"/a"},', /the answer is not JSON/],
  ["HTTP/1.0, cut before the list", 'HTTP/1.0 200 OK\r\n\r\n{"apps":', /the answer is not JSON/],
  ["HTTP/1.0, cut behind an empty list", 'HTTP/1.0 200 OK\r\n\r\n{"apps":[]', /the answer is not JSON/],
  ["an empty body", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", /the answer is not JSON/],
  ["a 204", "HTTP/1.1 204 No Content\r\n\r\n", /the answer is not JSON/],
  [
    "a length that is too short",
    'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"apps":[]}',
    /the answer is not JSON/,
  ],
  [
    "a length that is too long",
    'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"apps":[]}',
    /closed before the answer was complete/,
  ],
  ["a length that is none", 'HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{"apps":[]}', /is not HTTP/],
  [
    "two lengths",
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 11\r\n\r\n{"apps":[]}',
    /is not HTTP/,
  ],
  [
    "chunks that are none",
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{"apps":[]}\r\n0\r\n\r\n',
    /is not HTTP|closed before the answer was complete/,
  ],
  [
    "chunks without an end",
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n{"apps":[]}\r\n',
    /closed before the answer was complete/,
  ],
  ["no HTTP at all", "220 mail.example.org ESMTP\r\n", /is not HTTP/],
  [
    "gzip that is cut",
    (() => {
      const body = gzipSync('{"apps":[{"id":"/a"}]}').subarray(0, -9);
      const head = new TextEncoder().encode(
        `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`,
      );
      return new Uint8Array([...head, ...body]);
    })(),
    /cannot be read|unexpected end/i,
  ],
  [
    "lists nested 100,000 deep",
    `HTTP/1.0 200 OK\r\n\r\n${"[".repeat(100_000)}`,
    /the answer is not JSON/,
  ],
  [
    "lists nested 100,000 deep and closed",
    `HTTP/1.0 200 OK\r\n\r\n${"[".repeat(100_000)}${"]".repeat(100_000)}`,
    /expected \{"apps": \[…\]\}/,
  ],
  [
    "a head of a megabyte",
    `HTTP/1.1 200 OK\r\nX: ${"x".repeat(2 ** 20)}\r\n\r\n{"apps":[]}`,
    /is not HTTP|closed/,
  ],
];
for (const [what, wire, expected] of wires) {
  Deno.test(`an answer on the wire: ${what}: never an empty cluster`, async () => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {/* the client may close first */});
      socket.once("data", () => socket.end(wire));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    using made = makeClient({ urls: [`http://127.0.0.1:${port}`] });
    try {
      if (Array.isArray(expected)) {
        assert.deepEqual([...(await made.client.apps(never)).apps.keys()], expected);
      } else {
        await assert.rejects(made.client.apps(never), (error: Error) => {
          assert.match(error.message, expected);
          return true;
        });
      }
    } finally {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    }
  });
}

Deno.test("a redirect from https to http is not followed, credentials or none", async () => {
  const pem = await selfSignedCertificate("", systemClock);
  await using plain = await TestServer.start((_, response) => void response.end('{"apps":[]}'));
  await using secure = await TestServer.start(
    (request, response) => void response.writeHead(302, { location: plain.url + request.url }).end(),
    pem,
  );
  using made = makeClient({ urls: [`https://localhost:${secure.port}`], ca: pem });
  await assert.rejects(made.client.apps(never), {
    message:
      `Marathon did not answer GET /v2/apps: https://localhost:${secure.port}: redirected to ${plain.url}: ` +
      "not followed, from https to http. Have Marathon redirect to https, or give that URL with --marathon too.",
  });
  assert.deepEqual(plain.requests, []);
});
