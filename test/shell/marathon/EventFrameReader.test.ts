import assert from "node:assert/strict";
import process from "node:process";
import { EventFrameReader } from "../../../lib/shell/marathon/EventFrameReader.ts";

const encode = (text: string) => new TextEncoder().encode(text);

const cases: { name: string; stream: string; frames: { event?: string; data: string }[] }[] = [
  { name: "one frame", stream: "event: a\ndata: {}\n\n", frames: [{ event: "a", data: "{}" }] },
  {
    name: "bare objects after the first line",
    stream: 'event: a\r\ndata: {"n":1}\r\n{"n":2}\r\n{"n":3}\r\n\r\n',
    frames: [{ event: "a", data: '{"n":1}\n{"n":2}\n{"n":3}' }],
  },
  {
    name: "comments and empty lines between frames",
    stream: ":\n\n: alive\n\ndata: {}\n\n\n\n:\n",
    frames: [{ event: undefined, data: "{}" }],
  },
  {
    name: "characters of several bytes, and separators that are no line ends",
    stream: "data: ä€😀\u2028{\u2029{\n\n",
    frames: [{ event: undefined, data: "ä€😀\u2028{\u2029{" }],
  },
  {
    name: "carriage returns alone",
    stream: "data: a\rdata: b\r\r",
    frames: [{ event: undefined, data: "a\nb" }],
  },
  {
    name: "a byte order mark, at the start alone",
    stream: "\ufeffdata: a\n\n\ufeffdata: b\n\n",
    frames: [{ event: undefined, data: "a" }],
  },
  {
    name: "a frame that has not ended",
    stream: "data: a\n\ndata: b\n",
    frames: [{ event: undefined, data: "a" }],
  },
];
for (const { name, stream, frames } of cases) {
  Deno.test(`EventFrameReader: ${name}, in pieces of any size`, () => {
    const bytes = encode(stream);
    for (let size = 1; size <= bytes.length; size++) {
      const reader = new EventFrameReader();
      const read = [];
      for (let at = 0; at < bytes.length; at += size) {
        read.push(...reader.feed(bytes.subarray(at, at + size)));
      }
      assert.deepEqual(read, frames, `in pieces of ${size}`);
    }
  });
}

// Quadratic time would take hours, not seconds: 400,000 pieces of a line that is 10 MB long on average.
for (const prefix of ["data: ", ""]) {
  Deno.test(`EventFrameReader: 20 MB in small pieces after ${JSON.stringify(prefix)} take linear time`, () => {
    const reader = new EventFrameReader();
    const piece = encode("x".repeat(50));
    reader.feed(encode(`data: {}\n${prefix}{"text":"`));
    const started = performance.now();
    for (let count = 0; count < 400_000; count++) assert.equal(reader.feed(piece).length, 0);
    const frames = reader.feed(encode('"}\n\n'));
    assert.ok(performance.now() - started < 20_000);
    assert.equal(frames[0]?.data.length, '{}\n{"text":""}'.length + 20_000_000);
  });
}

for (
  const stream of [
    "data: " + "x".repeat(200),
    "y".repeat(200),
    "data: 345678\n".repeat(20),
    `event:${"x".repeat(95)}\n`,
  ]
) {
  Deno.test(`EventFrameReader: ${stream.length} characters of ${stream.slice(0, 7)} are refused`, () => {
    const reader = new EventFrameReader({ characters: 100 });
    assert.deepEqual(reader.feed(encode("data: fits\n\n")).length, 1);
    assert.throws(() => reader.feed(encode(stream)), {
      name: "RangeError",
      message: "an event has more than 100 characters",
    });
  });
}

for (const line of ["data:\n", "data\r", "{\r\n"]) {
  Deno.test(`EventFrameReader: an event of too many lines ${JSON.stringify(line)} is refused`, () => {
    const reader = new EventFrameReader({ lines: 3 });
    assert.equal(reader.feed(encode(`${line.repeat(3)}\n\n`)).length, 1);
    assert.throws(() => reader.feed(encode(line.repeat(4))), {
      name: "RangeError",
      message: "an event has more than 3 lines",
    });
  });
}

Deno.test("EventFrameReader: the limits of a frame start over with the next, and other fields do not count", () => {
  const reader = new EventFrameReader({ characters: 30, lines: 2 });
  const frame = `id: 1\nretry: 2\n: ${"x".repeat(20)}\nevent: a\ndata: b\ndata: c\n\n`;
  assert.equal(reader.feed(encode(frame.repeat(10))).length, 10);
});

Deno.test("EventFrameReader: a line in pieces of a byte each takes memory in the order of its length", () => {
  const reader = new EventFrameReader();
  const piece = encode("x");
  const before = process.memoryUsage().heapUsed;
  for (let count = 0; count < 4_000_000; count++) reader.feed(piece);
  const grown = process.memoryUsage().heapUsed - before;
  // Pieces kept one by one would take 128 MB.
  assert.ok(grown < 60 * 2 ** 20, `memory grew by ${grown} bytes`);
});

Deno.test("EventFrameReader: what joins the lines of an event counts as well", () => {
  const reader = new EventFrameReader({ characters: 40 });
  // 17 and 23 characters, and a line feed between them.
  const stream = `{"eventType":"x"}\n{${"0".repeat(22)}\n\n`;
  assert.throws(() => reader.feed(encode(stream)), RangeError);
});
