import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import type { SimulatedMarathon } from "../../../tools/simulated-marathon/SimulatedMarathon.ts";
import type { MarathonEvent } from "../../../tools/simulated-marathon/events/MarathonEvent.ts";
import { endToEnd } from "../support/endToEnd.ts";
import { eventually } from "../../../tools/harness/eventually.ts";
import { measure, stopwatch } from "./support/measure.ts";
import { peakMemory, resetPeakMemory } from "./support/peakMemory.ts";
import { type Scene, taskIds, underTraffic } from "./support/underTraffic.ts";

/** Pauses before a new connection would grow to minutes. */
const flags = ["--max-backoff", "1"];
const connected = /Event stream of .* connected/;

function event(eventType: string, members: Record<string, unknown> = {}): MarathonEvent {
  return { eventType, timestamp: new Date().toISOString(), ...members };
}

endToEnd(
  "an event stream that is silently dead: missed changes are caught up on",
  (bench) =>
    underTraffic(bench, {
      flags: [...flags, "--sse-idle-timeout", "1"],
      marathon: { timings: { keepAliveMs: 100 } },
    }, async ({ marathon, lb, traffic, scaleBy }) => {
      const begin = lb.lines.length;
      marathon.streams.silence();
      const time = stopwatch();
      await marathon.scale("/web", 3);
      await marathon.settled();
      await lb.until(/no byte within 1 s\): the stream counts as dead, reconnecting at once/, begin);
      await traffic.untilAnsweredBy(taskIds(marathon));
      measure("dead stream with --sse-idle-timeout 1, right again after", time());
      await scaleBy(1);
    }),
);

endToEnd(
  "an event stream that is closed at every connection: changes are taken up at the next one",
  (bench) =>
    underTraffic(bench, { flags }, async ({ marathon, lb, scaleBy }) => {
      const begin = lb.lines.length;
      const fetched = questionsForApps(marathon);
      const ceaseClosing = marathon.onEvents(([event]) => {
        if (event?.eventType === "event_stream_attached") marathon.streams.close();
      });
      marathon.streams.close();
      const time = stopwatch();
      for (let change = 0; change < 2; change++) await scaleBy(1);
      const connections = () => lb.lines.slice(begin).filter((line) => connected.test(line)).length;
      await eventually(() => assert.ok(connections() >= 5, "five connections"));
      measure("closed at every connection", `${connections()} connections in ${time()}`);
      // One synchronisation for each connection, and one for each event that came through.
      const fetches = questionsForApps(marathon) - fetched;
      assert.ok(fetches <= connections() + 40, `${fetches} questions for the apps`);
      ceaseClosing();
      const again = lb.lines.length;
      await lb.until(connected, again);
      await scaleBy(1);
    }),
);

/** How often Marathon was asked for all apps, or for one. */
function questionsForApps(marathon: SimulatedMarathon): number {
  return marathon.requests.all.filter(({ path }) => path.startsWith("/v2/apps")).length;
}

/** Sends events that matter, so many a second, until the signal is aborted; returns how many. */
async function storm({ marathon }: Scene, perSecond: number, signal: AbortSignal): Promise<number> {
  const begin = performance.now();
  const each = event("status_update_event", {
    taskStatus: "TASK_RUNNING",
    appId: "/not/ours",
    message: "x".repeat(200),
  });
  let sent = 0;
  while (!signal.aborted) {
    const due = Math.floor((performance.now() - begin) * perSecond / 1000);
    marathon.emit(...Array.from({ length: due - sent }, () => each));
    sent = Math.max(due, sent);
    await setTimeout(10);
  }
  return sent;
}

endToEnd(
  "5,000 events a second: few questions, bounded memory, and changes come through",
  (bench) =>
    underTraffic(bench, { flags }, async (scene) => {
      const { marathon, lb, scaleBy } = scene;
      const [fetched, asked, time] = [
        marathon.requests.count("/v2/apps"),
        questionsForApps(marathon),
        stopwatch(),
      ];
      await resetPeakMemory(lb.pid);
      const before = await peakMemory(lb.pid);
      const over = new AbortController();
      const sending = storm(scene, 5_000, over.signal);
      const begin = performance.now();
      for (let change = 0; change < 2; change++) await scaleBy(1);
      await eventually(() => assert.ok(performance.now() - begin > 4_000));
      over.abort();
      const sent = await sending;
      await scaleBy(1);
      const fetches = marathon.requests.count("/v2/apps") - fetched;
      const questions = questionsForApps(marathon) - asked;
      const peak = await peakMemory(lb.pid);
      measure(
        "storm",
        `${sent} events in ${time()}, ${questions} questions, ${before.toFixed(0)} to ${peak.toFixed(0)} MiB`,
      );
      // All of them were heard: none is left in a queue.
      const heard = async () => {
        const [, count] = /marathon_lb_events_total\{type="status_update_event"\} (\d+)/
          .exec(await bench.ask("/_mlb_metrics")) ?? [];
        assert.ok(Number(count) >= sent, `${count} of ${sent} events were heard`);
      };
      await eventually(heard);
      measure("all events heard after", time());
      const seconds = (performance.now() - begin) / 1000;
      assert.ok(fetches <= 10 * seconds + 10, `${fetches} questions for all apps in ${seconds} s`);
      // For two apps, each at most every 25 ms.
      assert.ok(questions <= 80 * seconds + 10, `${questions} questions in ${seconds} s`);
      assert.ok(peak - before < 300, `memory grew from ${before} to ${peak} MiB`);
    }),
);

endToEnd(
  "one event of 20 MB: it is read, and so is what comes after it",
  (bench) =>
    underTraffic(bench, { flags }, async ({ marathon, lb, traffic, scaleBy }) => {
      const begin = lb.lines.length;
      await resetPeakMemory(lb.pid);
      const before = await peakMemory(lb.pid);
      const time = stopwatch();
      const env = { LONG: "x".repeat(20_000_000) };
      marathon.emit(event("api_post_event", { appDefinition: { id: "/long", env } }));
      await lb.until(/triggered by .*api_post_event/, begin);
      measure("an event of 20 MB is read within", time());
      await marathon.scale("/web", 3);
      await marathon.settled();
      await traffic.untilAnsweredBy(taskIds(marathon));
      const peak = await peakMemory(lb.pid);
      measure("memory", `${before.toFixed(0)} to ${peak.toFixed(0)} MiB`);
      assert.ok(peak - before < 400, `memory grew from ${before} to ${peak} MiB`);
      assert.equal(lb.lines.slice(begin).filter((line) => connected.test(line)).length, 0);
      await scaleBy(1);
    }),
);

endToEnd(
  "a line that never ends: the connection is dropped, and the next one reports changes",
  (bench) =>
    underTraffic(bench, { flags }, async ({ marathon, lb, scaleBy }) => {
      const begin = lb.lines.length;
      await resetPeakMemory(lb.pid);
      const before = await peakMemory(lb.pid);
      const time = stopwatch();
      const ended = lb.until(/failed \(an event has more than 67108864 characters\)/, begin);
      let over = false;
      void ended.finally(() => over = true);
      marathon.streams.write('data: {"eventType":"');
      const megabyte = "x".repeat(2 ** 20);
      for (let sent = 0; !over && sent < 1_000; sent++) {
        marathon.streams.write(megabyte);
        await setTimeout(5);
      }
      await ended;
      measure("a line without an end is given up after", time());
      await lb.until(connected, begin);
      measure("connected again after", time());
      await scaleBy(1);
      const peak = await peakMemory(lb.pid);
      measure("memory", `${before.toFixed(0)} to ${peak.toFixed(0)} MiB`);
      assert.ok(peak - before < 600, `memory grew from ${before} to ${peak} MiB`);
    }),
);
