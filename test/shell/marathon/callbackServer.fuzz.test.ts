import assert from "node:assert/strict";
import * as fc from "fast-check";
import { Buffer } from "node:buffer";
import process from "node:process";
import { sendRaw } from "./support/sendRaw.ts";
import { withCallbackServer } from "./support/withCallbackServer.ts";

/** `FUZZ_SEED=…` repeats a run. */
const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));

const event = '{"eventType":"status_update_event"}';
const head = fc.constantFrom(
  "POST / HTTP/1.1\r\n",
  "POST /x HTTP/1.0\r\n",
  "GET / HTTP/1.1\r\n",
  "CONNECT lb:1 HTTP/1.1\r\n",
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
);
const field = fc.oneof(
  fc.constantFrom(
    "Host: lb",
    `Content-Length: ${event.length}`,
    "Content-Length: -1",
    "Content-Length: 99999999999999999999",
    "Transfer-Encoding: chunked",
    "Connection: close",
    "Connection: Upgrade\r\nUpgrade: websocket",
    "Expect: 100-continue",
    "Expect: something else",
    "Content-Encoding: gzip",
  ),
  fc.string().map((text) => `X-Some: ${text}`),
  fc.integer({ min: 0, max: 40_000 }).map((length) => `X-Long: ${"y".repeat(length)}`),
);
const body = fc.oneof(
  fc.constantFrom(
    event,
    event.repeat(3),
    `${event.length.toString(16)}\r\n${event}\r\n0\r\n\r\n`,
    "ffffffffff\r\n",
  ),
  fc.json(),
  fc.integer({ min: 0, max: 100_000 }).map((depth) => "[".repeat(depth)),
);
const almostHttp = fc.tuple(head, fc.array(field, { maxLength: 6 }), body)
  .map(([line, fields, text]) =>
    Buffer.from(`${line}${fields.map((text) => `${text}\r\n`).join("")}\r\n${text}`)
  );
const bytes = fc.oneof(almostHttp, fc.uint8Array({ maxLength: 4_000 }));

Deno.test(`CallbackServer: no bytes keep it from the next event (FUZZ_SEED=${seed})`, () =>
  withCallbackServer({ bodyBytes: 50_000 }, async (bench) => {
    const { server, url, heard } = bench;
    const before = process.memoryUsage().heapUsed;
    const end = performance.now() + 6_000;
    const attack = fc.array(fc.tuple(bytes, fc.boolean()), { minLength: 1, maxLength: 16 });
    await fc.assert(
      fc.asyncProperty(attack, async (pieces) => {
        await Promise.all(pieces.map(([bytes, end]) => sendRaw(server.port, bytes, { end, patience: 50 })));
        const heardBefore = heard.length;
        const response = await fetch(url, { method: "POST", body: event });
        await response.body?.cancel();
        assert.equal(response.status, 200);
        assert.equal(heard.length, heardBefore + 1);
      }),
      {
        seed,
        numRuns: 1_000,
        interruptAfterTimeLimit: end - performance.now(),
        markInterruptAsFailure: false,
      },
    );
    const grown = process.memoryUsage().heapUsed - before;
    assert.ok(grown < 200 * 2 ** 20, `memory grew by ${grown} bytes`);
    assert.deepEqual(bench.log, []);
  }));
