import assert from "node:assert/strict";
import { createFollower, Mailbox } from "../../lib/run/follower.ts";
import type { EventStream, MarathonClient } from "../../lib/shell/marathon/client.ts";
import type { Synchroniser } from "../../lib/shell/sync/synchroniser.ts";
import { FakeClock } from "../support/FakeClock.ts";
import { RecordingLogger } from "../support/RecordingLogger.ts";
import { FakeSignals } from "./support/FakeSignals.ts";
import { parseOptions } from "./support/parseOptions.ts";

const minute = 60_000;

/** A Marathon that is there or away, and when each attempt to reach it was made. */
class Outage {
  readonly clock = new FakeClock(0);
  readonly questions: number[] = [];
  readonly connections: number[] = [];
  /** When events were said to be missing. */
  readonly missed: number[] = [];
  away = true;

  readonly client: Pick<MarathonClient, "openEvents" | "failOver"> = {
    openEvents: (_, signal) => {
      this.connections.push(this.clock.now());
      if (this.away) return Promise.reject(new Error("Marathon is away."));
      const pieces = new ReadableStream<Uint8Array>({
        start: (feed) => signal.addEventListener("abort", () => feed.error(signal.reason)),
      });
      return Promise.resolve<EventStream>({ url: "http://a", pieces });
    },
    failOver: () => {},
  };

  readonly synchroniser: Pick<Synchroniser, "synchronise" | "forgive" | "reloadFiles"> = {
    synchronise: () => {
      this.questions.push(this.clock.now());
      if (this.away) return Promise.reject(new Error("Marathon is away."));
      return Promise.resolve({ outcome: "nothing", problems: [], unfinished: false, heldFor: 0 });
    },
    forgive: () => {},
    reloadFiles: () => Promise.resolve(),
  };

  /** Follows while the test runs. */
  async follow(test: () => Promise<void>): Promise<void> {
    const stop = new AbortController();
    const context = {
      environment: {},
      clock: this.clock,
      logger: new RecordingLogger(),
      signals: new FakeSignals(),
      stopping: stop.signal,
      leaving: new AbortController().signal,
      killing: new AbortController().signal,
      print: () => Promise.resolve(),
    };
    const options = parseOptions(["sse", "-m", "http://a"]);
    const mailbox = new Mailbox(options, context);
    const follower = createFollower(options, context, {
      mailbox,
      ledger: { answered: 0 },
      client: this.client as MarathonClient,
      synchroniser: this.synchroniser as Synchroniser,
      apps: { missed: () => void this.missed.push(this.clock.now()) },
      source: { kind: "stream" },
    });
    const following = follower.follow(stop.signal);
    mailbox.tick("the start");
    await test();
    stop.abort(new Error("stopped"));
    await following;
    assert.equal(this.clock.sleeping, 0, "a timer is left");
  }
}

function pauses(times: readonly number[]): number[] {
  return times.slice(1).map((time, index) => time - times[index]!);
}

Deno.test("an hour without Marathon: attempts continue, at most half a minute apart", async () => {
  const outage = new Outage();
  await outage.follow(async () => {
    await outage.clock.advance(60 * minute);
    const between = pauses(outage.questions);
    assert.deepEqual(between.slice(0, 6), [1_000, 2_000, 4_000, 8_000, 16_000, 30_000]);
    assert.deepEqual(new Set(between.slice(5)), new Set([30_000]));
    assert.ok(outage.connections.length > 12, "a connection every five minutes at the least");
    assert.ok(Math.max(...pauses(outage.connections)) <= 5 * minute);
  });
});

Deno.test("after an hour without Marathon its apps and events are there within half a minute", async () => {
  const outage = new Outage();
  await outage.follow(async () => {
    await outage.clock.advance(60 * minute);
    outage.away = false;
    const [questions, connections] = [outage.questions.length, outage.connections.length];
    await outage.clock.advance(30_000);
    // Once by itself, once for the new connection.
    assert.ok(outage.questions.length <= questions + 2 && outage.questions.length > questions);
    assert.equal(outage.connections.length, connections + 1);
    const [asked, connected] = [outage.questions[questions]!, outage.connections.at(-1)!];
    assert.ok(connected <= asked, `asked at ${asked} ms, connected at ${connected} ms`);
    assert.ok(outage.questions.at(-1)! >= connected, "what happened before the connection is caught up on");
    assert.equal(outage.missed.at(-1), connected, "events told of none of that");
  });
});
