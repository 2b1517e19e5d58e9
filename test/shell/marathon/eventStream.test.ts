import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import process from "node:process";
import { type EventFrame, eventStreamPath, type MarathonEvent } from "../../../lib/core/marathon/events.ts";
import { type EventStream, MarathonClient } from "../../../lib/shell/marathon/client.ts";
import {
  followEvents,
  type FollowEventsOptions,
  readFrames,
  StreamMender,
} from "../../../lib/shell/marathon/eventStream.ts";
import { Alarm } from "../../../lib/shell/system/clock.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";
import { TestServer } from "./TestServer.ts";
import { eventually } from "../../../tools/harness/eventually.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** The frames of a connection that brings these pieces, and ends. */
async function framesOf(
  pieces: Iterable<Uint8Array>,
  limits?: Parameters<typeof readFrames>[2],
): Promise<EventFrame[]> {
  const frames: EventFrame[] = [];
  await readFrames(ReadableStream.from(pieces), (frame) => frames.push(frame), limits);
  return frames;
}

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
    name: "a frame that is named as the package names its own events",
    stream: "event: error\ndata: a\n\nevent: open\ndata: b\n\nid: 1\nretry: 1\ndata: c\n\n",
    frames: [{ event: "error", data: "a" }, { event: "open", data: "b" }, { event: undefined, data: "c" }],
  },
  {
    name: "a frame that has not ended",
    stream: "data: a\n\ndata: b\n",
    frames: [{ event: undefined, data: "a" }],
  },
];
for (const { name, stream, frames } of cases) {
  Deno.test(`readFrames: ${name}, in pieces of any size`, async () => {
    const bytes = encode(stream);
    for (let size = 1; size <= bytes.length; size++) {
      const pieces = [];
      for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
      assert.deepEqual(await framesOf(pieces), frames, `in pieces of ${size}`);
    }
  });
}

// Quadratic time would take hours, not seconds: 400,000 pieces of a line that is 10 MB long on average.
for (const prefix of ["data: ", ""]) {
  Deno.test(`readFrames: 20 MB in small pieces after ${JSON.stringify(prefix)} take linear time`, async () => {
    const piece = encode("x".repeat(50));
    function* pieces() {
      yield encode(`data: {}\n${prefix}{"text":"`);
      for (let count = 0; count < 400_000; count++) yield piece;
      yield encode('"}\n\n');
    }
    const started = performance.now();
    const frames = await framesOf(pieces());
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
  Deno.test(`readFrames: ${stream.length} characters of ${stream.slice(0, 7)} are refused`, async () => {
    const limits = { characters: 100 };
    assert.equal((await framesOf([encode("data: fits\n\n")], limits)).length, 1);
    await assert.rejects(framesOf([encode("data: fits\n\n"), encode(stream)], limits), {
      name: "RangeError",
      message: "an event has more than 100 characters",
    });
  });
}

for (const line of ["data:\n", "data\r", "{\r\n"]) {
  Deno.test(`readFrames: an event of too many lines ${JSON.stringify(line)} is refused`, async () => {
    const fits = encode(`${line.repeat(3)}\n\n`);
    assert.equal((await framesOf([fits], { lines: 3 })).length, 1);
    await assert.rejects(framesOf([fits, encode(line.repeat(4))], { lines: 3 }), {
      name: "RangeError",
      message: "an event has more than 3 lines",
    });
  });
}

Deno.test("readFrames: the limits of a frame start over with the next, and other fields do not count", async () => {
  const limits = { characters: 30, lines: 2 };
  const frame = `id: 1\nretry: 2\n: ${"x".repeat(20)}\nevent: a\ndata: b\ndata: c\n\n`;
  assert.equal((await framesOf([encode(frame.repeat(10))], limits)).length, 10);
});

Deno.test("StreamMender: a line in pieces of a byte each takes memory in the order of its length", () => {
  const mender = new StreamMender();
  const piece = encode("x");
  const before = process.memoryUsage().heapUsed;
  for (let count = 0; count < 4_000_000; count++) mender.feed(piece);
  const grown = process.memoryUsage().heapUsed - before;
  // Pieces kept one by one would take 128 MB.
  assert.ok(grown < 60 * 2 ** 20, `memory grew by ${grown} bytes`);
});

Deno.test("readFrames: what joins the lines of an event counts as well", async () => {
  // 17 and 23 characters, and a line feed between them.
  const stream = `{"eventType":"x"}\n{${"0".repeat(22)}\n\n`;
  await assert.rejects(framesOf([encode(stream)], { characters: 40 }), RangeError);
});

Deno.test("StreamMender: gives `data:` to bare objects, and leaves out comments and other fields", () => {
  const mender = new StreamMender();
  const mended = mender.feed(
    encode(': alive\r\nid: 1\revent: a\r\ndata: {"n":1}\r\n{"n":2}\r\n\r\nretry: 1\nda'),
  );
  assert.equal(new TextDecoder().decode(mended), 'event: a\ndata: {"n":1}\ndata: {"n":2}\n\n');
  assert.equal(new TextDecoder().decode(mender.feed(encode("ta\n"))), "data\n");
});

// The package passes over an error of this name: nothing would come after it.
for (const name of ["AbortError", "TimeoutError"]) {
  Deno.test(`readFrames: rejects with the ${name} of its pieces, after the frames before it`, async () => {
    const error = new DOMException("gone", name);
    async function* pieces() {
      yield encode("data: a\n\n");
      await Promise.reject(error);
    }
    const frames: EventFrame[] = [];
    await assert.rejects(readFrames(pieces(), (frame) => frames.push(frame)), (thrown) => thrown === error);
    assert.deepEqual(frames, [{ event: undefined, data: "a" }]);
  });
}

const minute = 60_000;

/** Follows with a fake clock and the largest random numbers; `stop` ends it and waits for its end. */
function follow(client: FollowEventsOptions["client"], options: Partial<FollowEventsOptions> = {}) {
  const clock = new FakeClock();
  const logger = new RecordingLogger();
  const events: MarathonEvent[] = [];
  const seen = { connections: 0, disconnections: [] as string[] };
  const controller = new AbortController();
  const ended = followEvents({
    client,
    clock,
    logger,
    random: () => 1,
    signal: controller.signal,
    idleTimeout: 5 * minute,
    maxBackoff: 8_000,
    onConnected: () => seen.connections++,
    onDisconnected: (reason) => seen.disconnections.push(reason),
    onEvent: (event) => events.push(event),
    ...options,
  });
  const stop = () => {
    controller.abort(new Error("stopped"));
    return ended;
  };
  return { clock, logger, events, seen, stop };
}

type Feed = ReadableStreamDefaultController<Uint8Array>;

/** Streams that a test feeds by hand; without one to give, opening fails. */
class ScriptedClient {
  readonly givenUp: string[] = [];
  opened = 0;
  #streams: { pieces: ReadableStream<Uint8Array>; feed: Feed }[] = [];

  /** The next connection gets the stream that is fed with this. */
  add(): Feed {
    let feed: Feed;
    const pieces = new ReadableStream<Uint8Array>({ start: (controller) => void (feed = controller) });
    this.#streams.push({ pieces, feed: feed! });
    return feed!;
  }

  openEvents(path: string, signal: AbortSignal): Promise<EventStream> {
    assert.equal(path, eventStreamPath);
    this.opened++;
    const stream = this.#streams.shift();
    if (!stream) return Promise.reject(new Error("Nobody answered."));
    signal.addEventListener("abort", () => stream.feed.error(signal.reason));
    return Promise.resolve({ url: "http://a", pieces: stream.pieces });
  }

  failOver(url: string): void {
    this.givenUp.push(url);
  }
}

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("the pause grows by half up to the longest, as its random share", async () => {
  const client = new ScriptedClient();
  const followed = follow(client, { random: () => 0.5 });
  await followed.clock.advance(12_000);
  assert.deepEqual(followed.clock.slept, [1_500, 2_250, 3_375, 4_000, 4_000]);
  assert.equal(followed.logger.lines[1], "warning marathon_lb: Nobody answered. Reconnecting in 2.3 s");
  assert.equal(followed.seen.connections, 0);
  assert.deepEqual(new Set(followed.seen.disconnections), new Set(["Nobody answered."]));
  await followed.stop();
  assert.equal(followed.clock.sleeping, 0);
});

Deno.test("the first pause is no longer than the longest", async () => {
  const client = new ScriptedClient();
  const followed = follow(client, { maxBackoff: 2_000 });
  await followed.clock.advance(2_000);
  assert.deepEqual(followed.clock.slept, [2_000, 2_000]);
  await followed.stop();
});

Deno.test("an alarm ends a pause, and not the following one", async () => {
  const client = new ScriptedClient();
  const alarm = new Alarm();
  const followed = follow(client, { alarm });
  for (let attempt = 1; attempt <= 3; attempt++) {
    await followed.clock.advance(0);
    assert.equal(client.opened, attempt);
    alarm.ring();
  }
  await followed.stop();
  assert.equal(followed.clock.sleeping, 0);
});

Deno.test("the first ten events that cannot be read are warnings", async () => {
  const client = new ScriptedClient();
  const stream = client.add();
  const followed = follow(client);
  stream.enqueue(bytes("data: x\n\n".repeat(12)));
  await eventually(() => followed.logger.lines.length === 13);
  const levels = followed.logger.lines.slice(1).map((line) => line.split(" ")[0]);
  assert.deepEqual(levels, [...Array(10).fill("warning"), "debug", "debug"]);
  assert.match(
    followed.logger.lines[10]!,
    /it is not JSON; further ones of this connection are logged at level DEBUG$/,
  );
  await followed.stop();
});

Deno.test("pauses start over after ten minutes of a healthy stream, and not before", async () => {
  const client = new ScriptedClient();
  const followed = follow(client);
  await followed.clock.advance(3_000 + 4_500);
  assert.equal(client.opened, 3);
  for (const [minutes, pause] of [[9, 8_000], [11, 3_000]] as const) {
    const stream = client.add();
    await followed.clock.advance(8_000);
    for (let passed = 0; passed < minutes; passed++) {
      await followed.clock.advance(minute);
      stream.enqueue(bytes(":\n"));
    }
    await eventually(() => stream.desiredSize === 1);
    await followed.clock.advance(0);
    stream.close();
    await eventually(() => followed.clock.slept.at(-1) === pause);
    assert.equal(
      followed.logger.lines.at(-1),
      `warning marathon_lb: The event stream of http://a ended. Reconnecting in ${pause / 1000}.0 s`,
    );
  }
  assert.equal(followed.seen.connections, 2);
  await followed.stop();
});

Deno.test("a stream without a byte for five minutes is dead, with keep-alives it lives", async () => {
  const client = new ScriptedClient();
  const stream = client.add();
  client.add();
  const followed = follow(client);
  for (let count = 0; count < 4; count++) {
    await followed.clock.advance(4 * minute);
    stream.enqueue(bytes(":\n\n"));
  }
  await followed.clock.advance(5 * minute - 1);
  assert.equal(client.opened, 1);
  await followed.clock.advance(1);
  await eventually(() => client.opened === 2);
  assert.deepEqual(followed.logger.lines, [
    "info marathon_lb: Event stream of http://a connected",
    "warning marathon_lb: The event stream of http://a failed (no byte within 300 s): the stream counts as dead, reconnecting at once",
    "info marathon_lb: Event stream of http://a connected",
  ]);
  assert.deepEqual([followed.seen.connections, client.givenUp], [2, ["http://a"]]);
  assert.deepEqual(followed.seen.disconnections, [
    "The event stream of http://a failed (no byte within 300 s)",
  ]);
  await followed.stop();
});

Deno.test("events that matter are passed on, malformed ones are logged and skipped", async () => {
  const client = new ScriptedClient();
  const stream = client.add();
  const followed = follow(client);
  stream.enqueue(bytes('event: event_stream_attached\ndata: {"eventType":"event_stream_attached"}\n\n'));
  stream.enqueue(
    bytes('event: api_post_event\ndata: {"eventType":"api_post_event","appDefinition":{"id":"/a"}}\r\n{"ev'),
  );
  stream.enqueue(bytes('entType":"status_update_event","appId":"/b"}\r\n\r\ndata: {"broken\n\n'));
  stream.enqueue(bytes('event: app_terminated_event\ndata: {"appId":"/c"}\n\n'));
  await eventually(() => followed.events.length === 3);
  assert.deepEqual(followed.events, [
    { eventType: "api_post_event", appId: "/a" },
    { eventType: "status_update_event", appId: "/b" },
    { eventType: "app_terminated_event", appId: "/c" },
  ]);
  assert.equal(
    followed.logger.lines[1],
    "warning marathon_lb: Event stream of http://a: Ignored an event of 8 characters: it is not JSON",
  );
  await followed.stop();
});

Deno.test("over HTTP: a lost stream is opened at the next URL, and an abort closes the connection", async () => {
  const streams: ServerResponse[] = [];
  const listener = (_: unknown, response: ServerResponse) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
    streams.push(response);
  };
  await using a = await TestServer.start(listener);
  await using b = await TestServer.start(listener);
  const clock = new FakeClock();
  const logger = new RecordingLogger();
  const client = new MarathonClient({ urls: [a.url, b.url], insecure: false, clock, logger });
  const followed = follow(client, { clock, logger, random: () => 0 });

  await eventually(() => followed.seen.connections === 1);
  streams[0]!.write('data: {"eventType":"instance_changed_event","runSpecId":"/a"}\n\n');
  await eventually(() => followed.events.length === 1);
  streams[0]!.destroy();
  await eventually(() => clock.sleeping > 0 && logger.lines.length === 2);
  await clock.advance(0);
  await eventually(() => followed.seen.connections === 2);
  streams[1]!.write('data: {"eventType":"instance_changed_event","runSpecId":"/b"}\n\n');
  await eventually(() => followed.events.length === 2);

  assert.deepEqual([a.requests, b.requests], [
    [{ method: "GET", url: eventStreamPath }],
    [{ method: "GET", url: eventStreamPath }],
  ]);
  assert.match(
    logger.lines[1]!,
    /^warning marathon_lb: The event stream of \S+ failed \(.+\)\. Reconnecting in 0\.0 s$/,
  );
  await followed.stop();
  await b.untilUnconnected();
  assert.equal(clock.sleeping, 0);
  client.close();
});

for (
  const [status, words] of [[401, "HTTP 401, credentials are needed"], [
    404,
    "HTTP 404, not found",
  ]] as const
) {
  Deno.test(`over HTTP: a ${status} is explained in words`, async () => {
    await using server = await TestServer.start((_, response) => response.writeHead(status).end());
    const clock = new FakeClock();
    const logger = new RecordingLogger();
    const client = new MarathonClient({ urls: [server.url], insecure: false, clock, logger });
    const followed = follow(client, { clock, logger });
    await eventually(() => logger.lines.length === 1);
    assert.ok(logger.lines[0]!.startsWith(
      `warning marathon_lb: Marathon did not answer GET /v2/events: ${server.url}: ${words}. `,
    ));
    await followed.stop();
    client.close();
  });
}
