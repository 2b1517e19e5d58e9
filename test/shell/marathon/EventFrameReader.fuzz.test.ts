import assert from "node:assert/strict";
import process from "node:process";
import { createParser } from "eventsource-parser";
import * as fc from "fast-check";
import { type EventFrame, readEventFrame } from "../../../lib/core/marathon/events/readEventFrame.ts";
import { EventFrameReader } from "../../../lib/shell/marathon/EventFrameReader.ts";

/** `FUZZ_SEED=…` repeats a run. */
const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** Milliseconds for each property. */
const patience = 3_000;

const encode = (text: string) => new TextEncoder().encode(text);

function check<T>(arbitrary: fc.Arbitrary<T>, property: (value: T) => void): void {
  const before = process.memoryUsage().heapUsed;
  fc.assert(fc.property(arbitrary, property), {
    seed,
    numRuns: 5_000,
    interruptAfterTimeLimit: patience,
    markInterruptAsFailure: false,
  });
  const grown = process.memoryUsage().heapUsed - before;
  assert.ok(grown < 300 * 2 ** 20, `memory grew by ${grown} bytes`);
}

const lineEnd = fc.constantFrom("\n", "\r", "\r\n", "\n\n", "\r\r", "\r\n\r\n", "\n\r");
const line = fc.oneof(
  fc.constantFrom(
    ...["data", "data:", "data: ", "data:  two spaces", 'data: {"eventType":"api_post_event"}', "datum: x"],
    ...[
      "event: api_post_event",
      "event:",
      "event",
      "id: 1",
      "id: \0",
      "retry: 10",
      "retry: x",
      ":",
      ": alive",
    ],
    ...[
      "",
      " data: x",
      "DATA: x",
      "\ufeffdata: x",
      "data: \u2028\u2029\u0085\v\f",
      "data: äöü€😀",
      "data: a: b",
    ],
  ),
  fc.string({ unit: "binary" }).map((text) => `data: ${text}`),
  fc.string({ unit: "binary" }),
);
const bareLine = fc.oneof(
  fc.constantFrom("{", "{}", '{"eventType":"x"}', "{{"),
  fc.json().map((text) => `{${text}`),
);
const invalidUtf8 = fc.constantFrom([0xff], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0xc0, 0x80], [
  0xed,
  0xa0,
  0x80,
])
  .map((bytes) => Uint8Array.from(bytes));

const encoded = (part: fc.Arbitrary<string>) => part.map(encode);
/** The bytes of something like an event stream. */
function stream(...more: fc.Arbitrary<Uint8Array>[]): fc.Arbitrary<Uint8Array> {
  const part = fc.oneof(
    { arbitrary: fc.tuple(line, lineEnd).map(([text, end]) => encode(text + end)), weight: 6 },
    ...[encoded(lineEnd), invalidUtf8, fc.uint8Array({ maxLength: 40 }), ...more],
  );
  return fc.array(part, { maxLength: 40 }).map((parts) => join(parts));
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Sizes of the pieces a stream comes in, repeated as often as necessary. */
const sizes = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 10 })
  .filter((sizes) => sizes.some((size) => size > 0));

function read(bytes: Uint8Array, sizes: readonly number[], reader = new EventFrameReader()): EventFrame[] {
  const frames = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length]!;
    frames.push(...reader.feed(bytes.subarray(at, at + size)));
    at += size;
  }
  return frames;
}

function readByOther(bytes: Uint8Array): EventFrame[] {
  const frames: EventFrame[] = [];
  const parser = createParser({ onEvent: ({ event, data }) => frames.push({ event, data }) });
  // As it comes, and the parser drops one of its own: what begins with two is not compared.
  parser.feed(new TextDecoder().decode(bytes));
  return frames;
}

const bare = encoded(fc.tuple(bareLine, lineEnd).map(([text, end]) => text + end));

Deno.test(`EventFrameReader: the pieces a stream comes in do not matter (FUZZ_SEED=${seed})`, () =>
  check(fc.tuple(stream(bare), sizes), ([bytes, sizes]) => {
    const whole = read(bytes, [bytes.length + 1]);
    assert.deepEqual(read(bytes, sizes), whole);
    assert.deepEqual(read(bytes, [1]), whole);
  }));

Deno.test(`EventFrameReader: reads what another parser reads, without bare objects (FUZZ_SEED=${seed})`, () =>
  check(fc.tuple(stream(), sizes), ([bytes, sizes]) => {
    const text = new TextDecoder().decode(bytes);
    // Ours takes lines that begin with a brace for data; theirs drops a second byte order mark, also in Latin 1.
    fc.pre(!/(^|[\r\n])\{/.test(text) && !/^(\ufeff|\xef)/.test(text));
    assert.deepEqual(read(bytes, sizes), readByOther(bytes));
  }));

Deno.test(`EventFrameReader: whatever came before, the next event is read (FUZZ_SEED=${seed})`, () =>
  check(fc.tuple(stream(bare), sizes), ([bytes, sizes]) => {
    const next = encode('\n\nevent: next\ndata: {"eventType":"next"}\n\n');
    const last = read(join([bytes, next]), sizes).at(-1)!;
    assert.deepEqual(last, { event: "next", data: '{"eventType":"next"}' });
    assert.deepEqual(readEventFrame(last), { events: [{ eventType: "next" }], problems: [] });
  }));

Deno.test(`EventFrameReader: no frame is beyond the limits, or the stream is refused (FUZZ_SEED=${seed})`, () =>
  check(fc.tuple(stream(bare), sizes), ([bytes, sizes]) => {
    let frames: EventFrame[];
    try {
      frames = read(bytes, sizes, new EventFrameReader({ characters: 40, lines: 4 }));
    } catch (error) {
      assert.ok(error instanceof RangeError);
      assert.match(error.message, /^an event has more than (40 characters|4 lines)$/);
      return;
    }
    for (const { event = "", data } of frames) {
      assert.ok(event.length + data.length <= 40 && data.split("\n").length <= 4);
    }
  }));

Deno.test(`EventFrameReader: what it makes of any bytes can be read as events (FUZZ_SEED=${seed})`, () =>
  check(fc.tuple(stream(bare), sizes), ([bytes, sizes]) => {
    for (const frame of read(bytes, sizes)) {
      const { events, problems } = readEventFrame(frame);
      assert.ok(events.every(({ eventType }) => eventType !== ""));
      assert.ok(problems.every((problem) => !/[\r\n]/.test(problem)));
    }
  }));
