import { deepEqual, equal, ok } from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { frameEvents, type Framing } from "../../tools/simulated-marathon/events/frameEvents.ts";
import { SimulatedMarathon } from "../../tools/simulated-marathon/SimulatedMarathon.ts";
import { FakeClock } from "../support/FakeClock.ts";
import { api } from "./api.ts";
import { EventReader } from "./EventReader.ts";

const fast = { stagingMs: 0, healthyMs: 0, killGraceMs: 0, relaunchMs: 0 };
const event = (eventType: string) => ({ eventType, timestamp: "t" });
const a = '{"eventType":"a","timestamp":"t"}';
const b = '{"eventType":"b","timestamp":"t"}';

const framed: { framing: Framing; text: string }[] = [
  { framing: "one-each", text: `event: a\r\ndata: ${a}\r\n\r\nevent: b\r\ndata: ${b}\r\n\r\n` },
  { framing: "data-lines", text: `event: a\r\ndata: ${a}\r\ndata: ${b}\r\n\r\n` },
  { framing: "bare-lines", text: `event: a\r\ndata: ${a}\r\n${b}\r\n\r\n` },
];
for (const { framing, text } of framed) {
  Deno.test(`framing ${framing}`, () => equal(frameEvents([event("a"), event("b")], framing), text));
  Deno.test(`framing ${framing} of nothing is nothing`, () => equal(frameEvents([], framing), ""));
}

Deno.test("the stream begins with event_stream_attached and reports everything", async () => {
  await using marathon = await SimulatedMarathon.start({ timings: fast });
  await using reader = await EventReader.open(marathon.url);
  equal((await reader.next())?.event, "event_stream_attached");
  await marathon.createApp({ id: "/web" });
  const frames = await reader.until("deployment_success");
  const types = frames.map((frame) => frame.event);
  for (const type of ["api_post_event", "deployment_info", "status_update_event", "instance_changed_event"]) {
    ok(types.includes(type), type);
  }
  for (const frame of frames) equal(JSON.parse(frame.data).eventType, frame.event);
});

Deno.test("event_type filters, and may be repeated", async () => {
  await using marathon = await SimulatedMarathon.start({ timings: fast });
  await using reader = await EventReader.open(
    marathon.url,
    "?event_type=api_post_event&event_type=deployment_success",
  );
  await marathon.createApp({ id: "/web" });
  const types = (await reader.until("deployment_success")).map((frame) => frame.event);
  deepEqual(types, ["api_post_event", "deployment_success"]);
});

Deno.test("plan-format=light leaves out the apps before and after", async () => {
  await using marathon = await SimulatedMarathon.start({ timings: fast });
  await using full = await EventReader.open(marathon.url, "?event_type=deployment_info");
  await using light = await EventReader.open(marathon.url, "?event_type=deployment_info&plan-format=light");
  await marathon.createApp({ id: "/web" });
  const planOf = async (reader: EventReader) => JSON.parse((await reader.next())?.data ?? "").plan;
  equal((await planOf(full)).target.apps[0].id, "/web");
  deepEqual(Object.keys(await planOf(light)), ["id", "version", "steps"]);
});

Deno.test("events of one moment may come in one frame", async () => {
  await using marathon = await SimulatedMarathon.start({ timings: fast, framing: "data-lines" });
  await using reader = await EventReader.open(marathon.url);
  await reader.next();
  await marathon.createApp({ id: "/web" });
  const frames = await reader.until("status_update_event");
  const lines = frames.at(-1)?.data.split("\n").map((line) => JSON.parse(line).eventType);
  deepEqual(lines, ["status_update_event", "instance_changed_event"]);
});

Deno.test("keep-alives are empty lines, at the interval", async () => {
  const clock = new FakeClock();
  await using marathon = await SimulatedMarathon.start({ clock, timings: { keepAliveMs: 5000 } });
  await using reader = await EventReader.open(marathon.url, "?event_type=none");
  await clock.advance(4999);
  await clock.advance(1);
  equal(await reader.readChunk(), "\r\n");
  await clock.advance(5000);
  equal(await reader.readChunk(), "\r\n");
});

Deno.test("a silenced stream is dead without an end, a new one is not", async () => {
  const clock = new FakeClock();
  await using marathon = await SimulatedMarathon.start({ clock });
  await using dead = await EventReader.open(marathon.url, "?event_type=x");
  equal((await api("POST", `${marathon.url}/_sim/events/silence`)).status, 204);
  await using alive = await EventReader.open(marathon.url, "?event_type=x");
  marathon.emit(event("x"));
  await clock.advance(60_000);
  equal((await alive.next())?.event, "x");
  let ended = false;
  void dead.readChunk().then(() => ended = true);
  await api("GET", `${marathon.url}/ping`);
  deepEqual([ended, dead.raw, marathon.streams.size], [false, "", 2]);
});

Deno.test("closed streams end, and are reported as detached", async () => {
  await using marathon = await SimulatedMarathon.start();
  await using reader = await EventReader.open(marathon.url, "?event_type=x");
  equal(marathon.streams.size, 1);
  equal((await api("POST", `${marathon.url}/_sim/events/close`)).status, 204);
  equal(await reader.next(), undefined);
  await marathon.streams.until(0);
});

Deno.test("a client that goes away is forgotten", async () => {
  await using marathon = await SimulatedMarathon.start();
  await using watching = await EventReader.open(marathon.url, "?event_type=event_stream_detached");
  await (await EventReader.open(marathon.url))[Symbol.asyncDispose]();
  equal((await watching.next())?.event, "event_stream_detached");
  equal(marathon.streams.size, 1);
});

Deno.test("events and raw text can be emitted over HTTP", async () => {
  await using marathon = await SimulatedMarathon.start();
  await using reader = await EventReader.open(marathon.url, "?event_type=a&event_type=b");
  const emit = `${marathon.url}/_sim/events/emit`;
  equal((await api("POST", emit, { raw: "data: {broken\r\n\r\n" })).status, 204);
  equal((await reader.next())?.data, "{broken");
  marathon.streams.framing = "bare-lines";
  await api("POST", emit, { events: [event("a"), event("b"), event("c")] });
  equal((await reader.next())?.event, "a");
  ok(reader.raw.endsWith(`event: a\r\ndata: ${a}\r\n${b}\r\n\r\n`));
  equal((await api("POST", emit, { events: ["a"] })).status, 422);
});

Deno.test("a stream is asked for with the right Accept header", async () => {
  await using marathon = await SimulatedMarathon.start();
  const response = await fetch(`${marathon.url}/v2/events`, { headers: { Accept: "application/json" } });
  equal(response.status, 406);
  ok((await response.json()).message.includes("text/event-stream"));
});

Deno.test("callbacks get every event, in order, until they unsubscribe", async () => {
  const received: string[] = [];
  const complete = Promise.withResolvers<void>();
  const listener = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    received.push(JSON.parse(text).eventType);
    response.end();
    if (received.at(-1) === "deployment_success") complete.resolve();
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const callbackUrl = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/marathon?x=1`;

  await using marathon = await SimulatedMarathon.start({ timings: fast });
  const subscriptions = `${marathon.url}/v2/eventSubscriptions`;
  const subscribe = `${subscriptions}?callbackUrl=${encodeURIComponent(callbackUrl)}`;
  const subscribed = await api("POST", subscribe);
  deepEqual([subscribed.status, subscribed.body.eventType], [200, "subscribe_event"]);
  deepEqual((await api("GET", subscriptions)).body, { callbackUrls: [callbackUrl] });
  await marathon.createApp({ id: "/web" });
  await complete.promise;
  deepEqual(received.slice(0, 4), [
    "subscribe_event",
    "api_post_event",
    "deployment_info",
    "status_update_event",
  ]);

  equal((await api("DELETE", subscribe)).body.eventType, "unsubscribe_event");
  deepEqual((await api("GET", subscriptions)).body, { callbackUrls: [] });
  equal((await api("POST", `${subscriptions}?callbackUrl=nowhere`)).status, 400);
  listener.closeAllConnections();
  await new Promise((resolve) => listener.close(resolve));
});

Deno.test("a callback without an answer is logged and delays nothing", async () => {
  const logged = Promise.withResolvers<string>();
  await using marathon = await SimulatedMarathon.start({ timings: fast, log: logged.resolve });
  await api("POST", `${marathon.url}/v2/eventSubscriptions?callbackUrl=http://127.0.0.1:1/`);
  ok((await logged.promise).startsWith("callback http://127.0.0.1:1/ did not take subscribe_event"));
  await marathon.createApp({ id: "/web" });
  await marathon.settled();
});
