import assert from "node:assert/strict";
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

for (const stream of ["data: " + "x".repeat(200), "y".repeat(200), "data: 345678\n".repeat(20)]) {
  Deno.test(`EventFrameReader: ${stream.length} characters without an end of a frame are refused`, () => {
    const reader = new EventFrameReader(100);
    assert.deepEqual(reader.feed(encode("data: fits\n\n")).length, 1);
    assert.throws(() => reader.feed(encode(stream)), {
      name: "RangeError",
      message: "a line of the event stream has more than 100 characters",
    });
  });
}
