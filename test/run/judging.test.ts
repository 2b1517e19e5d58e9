import assert from "node:assert/strict";
import type { MarathonClient } from "../../lib/shell/marathon/client.ts";
import { createFollower, Mailbox } from "../../lib/run/follower.ts";
import type { Synchroniser } from "../../lib/shell/sync/synchroniser.ts";
import { FakeClock } from "../support/FakeClock.ts";
import { RecordingLogger } from "../support/RecordingLogger.ts";
import { FakeSignals } from "./support/FakeSignals.ts";
import { parseOptions } from "./support/parseOptions.ts";

/** A follower of a synchroniser that has services judged, as the test says. */
class Bench {
  readonly clock = new FakeClock(0);
  readonly logger = new RecordingLogger();
  /** The reasons of each synchronisation. */
  readonly asked: (readonly string[])[] = [];
  unfinished = true;
  /** How the judgements ended that were begun. */
  readonly judgements: { readonly end: () => void; readonly fail: (message: string) => void }[] = [];

  async follow(test: (tick: (reason: string) => void) => Promise<void>): Promise<void> {
    const stop = new AbortController();
    const { clock, logger } = this;
    const synchroniser: Pick<Synchroniser, "synchronise" | "judge" | "forgive" | "reloadFiles"> = {
      synchronise: ({ reasons }) => {
        this.asked.push(reasons);
        const { unfinished } = this;
        return Promise.resolve({ outcome: "nothing", problems: [], unfinished, heldFor: 0 });
      },
      judge: (signal) =>
        new Promise((resolve, reject) => {
          this.judgements.push({ end: resolve, fail: (message) => reject(new Error(message)) });
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
      forgive: () => {},
      reloadFiles: () => Promise.resolve(),
    };
    const context = {
      ...{ environment: {}, clock, logger, signals: new FakeSignals(), stopping: stop.signal },
      ...{
        leaving: new AbortController().signal,
        killing: new AbortController().signal,
        print: () => Promise.resolve(),
      },
    };
    const options = parseOptions(["poll", "-m", "http://a"]);
    const mailbox = new Mailbox(options, context);
    const follower = createFollower(options, context, {
      mailbox,
      ledger: { answered: 0 },
      client: {} as MarathonClient,
      synchroniser: synchroniser as Synchroniser,
      apps: { missed: () => {} },
      source: { kind: "polling" },
    });
    const following = follower.follow(stop.signal);
    mailbox.tick("the start");
    await clock.advance(0);
    await test(mailbox.tick);
    stop.abort(new Error("stopped"));
    await following;
    assert.equal(clock.sleeping, 0, "a timer is left");
  }
}

Deno.test("services that were set aside are checked beside synchronisations, which do not wait", async () => {
  const bench = new Bench();
  await bench.follow(async (tick) => {
    for (const reason of ["an event", "another event"]) {
      tick(reason);
      await bench.clock.advance(25);
    }
    assert.deepEqual(bench.asked, [["the start"], ["an event"], ["another event"]]);
    assert.equal(bench.judgements.length, 1, "one at a time");
    bench.unfinished = false;
    bench.judgements[0]!.end();
    await bench.clock.advance(25);
    assert.deepEqual(bench.asked.at(-1), ["services that HAProxy has checked"]);
    await bench.clock.advance(1_000);
    assert.deepEqual([bench.asked.length, bench.judgements.length, bench.logger.lines], [4, 1, []]);
  });
});

Deno.test("services that cannot be checked are checked again half a minute later, and nothing else waits for it", async () => {
  const bench = new Bench();
  await bench.follow(async (tick) => {
    bench.judgements[0]!.fail("The disk is full");
    await bench.clock.advance(10_000);
    assert.deepEqual(bench.logger.lines, [
      "error marathon_lb: Cannot check the services that wait: The disk is full. Retrying in 30 s",
    ]);
    tick("an event");
    await bench.clock.advance(0);
    assert.deepEqual([bench.asked.length, bench.judgements.length], [2, 1]);
    await bench.clock.advance(20_000);
    assert.deepEqual([bench.asked.length, bench.judgements.length], [3, 2]);
  });
});

Deno.test("a judgement that is under way ends with the follower, without a word", async () => {
  const bench = new Bench();
  await bench.follow(() => Promise.resolve());
  assert.deepEqual([bench.judgements.length, bench.logger.lines], [1, []]);
});
