import assert from "node:assert/strict";
import process from "node:process";
import * as fc from "fast-check";
import { type EventFrame, readEventFrame } from "../../../lib/core/marathon/events.ts";
import { readFrames } from "../../../lib/shell/marathon/eventStream.ts";

/** `FUZZ_SEED=…` repeats a run. */
const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** Milliseconds for each property. */
const patience = 3_000;

const encode = (text: string) => new TextEncoder().encode(text);

async function check<T>(arbitrary: fc.Arbitrary<T>, property: (value: T) => Promise<void>): Promise<void> {
  const before = process.memoryUsage().heapUsed;
  await fc.assert(fc.asyncProperty(arbitrary, property), {
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

async function read(
  bytes: Uint8Array,
  sizes: readonly number[],
  limits?: Parameters<typeof readFrames>[2],
): Promise<EventFrame[]> {
  const frames: EventFrame[] = [];
  function* pieces() {
    for (let at = 0, turn = 0; at < bytes.length; turn++) {
      const size = sizes[turn % sizes.length]!;
      yield bytes.subarray(at, at + size);
      at += size;
    }
  }
  await readFrames(ReadableStream.from(pieces()), (frame) => frames.push(frame), limits);
  return frames;
}

/** As the WHATWG's HTML standard says (9.2.6), on the whole text; a line that begins with a brace is data. */
function readPlainly(bytes: Uint8Array): EventFrame[] {
  const frames: EventFrame[] = [];
  let [event, data]: [string | undefined, string[]] = [undefined, []];
  const lines = new TextDecoder().decode(bytes).split(/\r\n|\r|\n/);
  // What comes after the last line end is no line.
  for (const line of lines.slice(0, -1)) {
    const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line)!;
    if (line.startsWith("{")) data.push(line);
    else if (field === "data") data.push(value);
    else if (field === "event") event = value || undefined;
    else if (line === "") {
      if (data.length > 0) frames.push({ event, data: data.join("\n") });
      [event, data] = [undefined, []];
    }
  }
  return frames;
}

const bare = encoded(fc.tuple(bareLine, lineEnd).map(([text, end]) => text + end));

Deno.test(`readFrames: the pieces a stream comes in do not matter (FUZZ_SEED=${seed})`, () =>
  check(fc.tuple(stream(bare), sizes), async ([bytes, sizes]) => {
    const whole = await read(bytes, [bytes.length + 1]);
    assert.deepEqual(await read(bytes, sizes), whole);
    assert.deepEqual(await read(bytes, [1]), whole);
  }));

Deno.test(`readFrames: reads what the standard says, and bare objects (FUZZ_SEED=${seed})`, () =>
  check(fc.tuple(stream(bare), sizes), async ([bytes, sizes]) => {
    assert.deepEqual(await read(bytes, sizes), readPlainly(bytes));
  }));

Deno.test(`readFrames: whatever came before, the next event is read (FUZZ_SEED=${seed})`, () =>
  check(fc.tuple(stream(bare), sizes), async ([bytes, sizes]) => {
    const next = encode('\n\nevent: next\ndata: {"eventType":"next"}\n\n');
    const last = (await read(join([bytes, next]), sizes)).at(-1)!;
    assert.deepEqual(last, { event: "next", data: '{"eventType":"next"}' });
    assert.deepEqual(readEventFrame(last), { events: [{ eventType: "next" }], problems: [] });
  }));

Deno.test(`readFrames: no frame is beyond the limits, or the stream is refused (FUZZ_SEED=${seed})`, () =>
  check(fc.tuple(stream(bare), sizes), async ([bytes, sizes]) => {
    let frames: EventFrame[];
    try {
      frames = await read(bytes, sizes, { characters: 40, lines: 4 });
    } catch (error) {
      assert.ok(error instanceof RangeError);
      assert.match(error.message, /^an event has more than (40 characters|4 lines)$/);
      return;
    }
    for (const { event = "", data } of frames) {
      assert.ok(event.length + data.length <= 40 && data.split("\n").length <= 4);
    }
  }));

Deno.test(`readFrames: what it makes of any bytes can be read as events (FUZZ_SEED=${seed})`, () =>
  check(fc.tuple(stream(bare), sizes), async ([bytes, sizes]) => {
    for (const frame of await read(bytes, sizes)) {
      const { events, problems } = readEventFrame(frame);
      assert.ok(events.every(({ eventType }) => eventType !== ""));
      assert.ok(problems.every((problem) => !/[\r\n]/.test(problem)));
    }
  }));
