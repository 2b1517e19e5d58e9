import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Ledger } from "../../lib/shell/sync/applier.ts";
import { ConfigurationStore } from "../../lib/shell/sync/store.ts";
import {
  createFollower,
  fullFetchInterval,
  idleTime,
  Mailbox,
  openTickSource,
} from "../../lib/run/follower.ts";
import { createMarathonClient } from "../../lib/run/parts.ts";
import { AppSource } from "../../lib/shell/marathon/appSource.ts";
import { Synchroniser } from "../../lib/shell/sync/synchroniser.ts";
import { SimulatedMarathon } from "../../tools/simulated-marathon/SimulatedMarathon.ts";
import { FakeClock } from "../support/FakeClock.ts";
import { freePort } from "../../tools/harness/freePort.ts";
import { RecordingLogger } from "../support/RecordingLogger.ts";
import { withDirectory } from "../shell/system/withDirectory.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import { configurationOf } from "../shell/sync/support/configurationOf.ts";
import { FakeSignals } from "./support/FakeSignals.ts";
import { parseOptions } from "./support/parseOptions.ts";

const events = "/v2/events";

interface Bench {
  readonly marathon: SimulatedMarathon;
  readonly clock: FakeClock;
  readonly signals: FakeSignals;
  readonly tick: (reason: string) => void;
  /** What Marathon's apps come to. */
  content: string;
  /** How often HAProxy was reloaded. */
  readonly reloads: () => number;
  /** What the follower did since the last call, as soon as it did that much; in an order of its own. */
  readonly steps: (count: number) => Promise<string[]>;
  /** What the follower did since the last call, as soon as there is something. */
  readonly next: () => Promise<string[]>;
}

/** The reasons of each synchronisation in the log, and `files` where the files on disk were reloaded. */
function describeSteps(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const [, reasons] = /triggered by (.*)$/.exec(line) ?? [];
    return reasons ?? (line.endsWith("as it is on disk") ? "files" : []);
  });
}

/** A follower of a simulated Marathon, whose configuration is always up to date. It ends with the test. */
function test(name: string, mode: "sse" | "event" | "poll", run: (bench: Bench) => Promise<void>): void {
  Deno.test(`createFollower: ${name}`, () =>
    withDirectory(async (directory) => {
      await using marathon = await SimulatedMarathon.start();
      const configFile = join(directory, "haproxy.cfg");
      await writeFile(configFile, "up to date\n");
      const done: string[] = [];
      const [clock, logger, signals] = [new FakeClock(), new RecordingLogger(done), new FakeSignals()];
      const words = mode === "event" ? [mode, `127.0.0.1:${await freePort()}`] : [mode];
      const options = parseOptions([...words, "-m", marathon.url, "--poll-interval", "7"]);
      const client = await createMarathonClient(options, { clock, logger });
      const apps = new AppSource({ client, incremental: true, interval: 300_000, clock, logger });
      const mailbox = new Mailbox(options, { clock, logger, random: () => 1 });
      const store = new ConfigurationStore({ configFile, archiveVersions: 0, haproxyMap: false });
      const ledger = new Ledger({ store, clock, again: mailbox.tick, asked: () => mailbox.asked });
      const synchroniser = new Synchroniser({
        ledger,
        fetchApps: (signal, named) => apps.fetch(named, signal),
        generator: {
          generate: () => Promise.resolve({ services: [], problems: [], apps: 0 }),
          render: () => configurationOf(bench.content),
          move: () => undefined,
          served: () => {},
        },
        store,
        validate: undefined,
        cleanUp: true,
        massRemovalDelay: 0,
        reload: () => {
          reloads++;
          return Promise.resolve({ ok: true });
        },
        clock,
        logger,
      });
      const stop = new AbortController();
      const context = {
        environment: {},
        clock,
        logger,
        signals,
        stopping: stop.signal,
        leaving: new AbortController().signal,
        killing: new AbortController().signal,
        print: () => Promise.resolve(),
      };
      const source = await openTickSource(options, logger);
      const follower = createFollower(options, context, {
        ...{ mailbox, ledger, client, synchroniser, apps, source },
      });
      const following = follower.follow(stop.signal);
      const next = async () => {
        // The time from one question for the apps to the next at the least.
        await clock.advance(100);
        await eventually(() => describeSteps(done).length > 0);
        // The loop has to wait again, or what comes next might be taken for a part of this.
        await clock.advance(0);
        return describeSteps(done.splice(0));
      };
      const steps = async (count: number) => {
        await clock.advance(100);
        await eventually(() => describeSteps(done).length >= count);
        await clock.advance(0);
        return describeSteps(done.splice(0)).sort();
      };
      let reloads = 0;
      const bench: Bench = {
        marathon,
        clock,
        signals,
        tick: mailbox.tick,
        content: "up to date\n",
        next,
        steps,
        reloads: () => reloads,
      };
      try {
        await run(bench);
      } finally {
        stop.abort(new Error("stopped"));
        await following;
        client.close();
        assert.equal(clock.sleeping, 0, "a timer is left");
      }
    }));
}

test("a connection to the event stream and each event that matters synchronise", "sse", async (bench) => {
  assert.deepEqual(await bench.next(), ["a new connection to the event stream"]);
  await bench.marathon.createApp({ id: "/web", instances: 0 });
  assert.match((await bench.next())[0]!, /api_post_event/);
});

test(
  "an event has only the app asked for that it is about, a tick from elsewhere all",
  "sse",
  async (bench) => {
    await bench.next();
    const { requests } = bench.marathon;
    await bench.marathon.createApp({ id: "/group/web", instances: 0 });
    await bench.next();
    assert.deepEqual([requests.count("/v2/apps"), requests.count("/v2/apps/group/web")], [1, 1]);
    bench.tick("a tick");
    await bench.next();
    assert.deepEqual([requests.count("/v2/apps"), requests.count("/v2/apps/group/web")], [2, 1]);
  },
);

test("a tick from elsewhere synchronises", "sse", async (bench) => {
  await bench.next();
  bench.tick("a tick");
  assert.deepEqual(await bench.next(), ["a tick"]);
});

test("five minutes without an event synchronise", "sse", async (bench) => {
  await bench.next();
  const asked = bench.marathon.requests.count("/v2/apps");
  await bench.clock.advance(299_999);
  assert.equal(bench.marathon.requests.count("/v2/apps"), asked);
  await bench.clock.advance(1);
  assert.match((await bench.next())[0]!, /300 s without an event/);
});

Deno.test("idleTime, fullFetchInterval: instances that start together ask at different times, within 300 s", () => {
  const sse = parseOptions(["sse", "-m", "http://m"]);
  const draws = [0, 0.25, 0.5, 1 - 2 ** -53];
  const seconds = (draw: number) =>
    [idleTime(sse, () => draw), fullFetchInterval(() => draw)].map((ms) => ms / 1000);
  assert.deepEqual(draws.map((draw) => seconds(draw).map(Math.round)), [[240, 240], [255, 255], [270, 270], [
    300,
    300,
  ]]);
});

Deno.test("idleTime: with poll the interval is what the operator says", () => {
  const poll = parseOptions(["poll", "-m", "http://m", "--poll-interval", "7"]);
  assert.equal(idleTime(poll, () => 0), 7_000);
});

/** Resolves when Marathon has answered so often about the subscription, and the minute until the next time began. */
async function looks({ clock }: Bench, count: number): Promise<void> {
  await eventually(() => clock.slept.filter((pause) => pause === 60_000).length === count);
}

test("a subscription and each event that matters synchronise", "event", async (bench) => {
  assert.deepEqual(await bench.next(), ["a new subscription to events"]);
  await bench.marathon.createApp({ id: "/web", instances: 0 });
  assert.match((await bench.next())[0]!, /api_post_event/);
  assert.equal(bench.marathon.requests.count(events), 0);
});

test(
  "five minutes without a callback synchronise, each has a look at the subscription",
  "event",
  async (bench) => {
    await bench.next();
    const asked = bench.marathon.requests.count("/v2/apps");
    for (let minute = 1; minute <= 4; minute++) {
      await looks(bench, minute);
      await bench.clock.advance(60_000);
    }
    await looks(bench, 5);
    assert.equal(bench.marathon.requests.count("/v2/eventSubscriptions"), 5);
    assert.equal(bench.marathon.requests.count("/v2/apps"), asked);
    await bench.clock.advance(60_000);
    assert.match((await bench.next())[0]!, /300 s without an event/);
  },
);

test("a failed synchronisation leads to a look at the subscription", "event", async (bench) => {
  await bench.next();
  const [url] = bench.marathon.subscriptions.urls;
  await looks(bench, 1);
  bench.marathon.subscriptions.remove(url!);
  bench.marathon.faults.add({ path: "/v2/apps", status: 500, times: 1 });
  await bench.clock.advance(100);
  bench.tick("a tick");
  await looks(bench, 2);
  assert.deepEqual(bench.marathon.subscriptions.urls, [url]);
  await bench.clock.advance(1_000);
  assert.match((await bench.next())[0]!, /a new subscription to events/);
});

test("asks in intervals and follows no events", "poll", async (bench) => {
  for (let round = 0; round < 3; round++) {
    await bench.clock.advance(6_999);
    assert.equal(bench.marathon.requests.count("/v2/apps"), round);
    await bench.clock.advance(1);
    assert.deepEqual(await bench.next(), ["the poll timer"]);
  }
  assert.equal(bench.marathon.requests.count(events), 0);
});

test("while there is no event stream, the apps are asked for in intervals", "sse", async (bench) => {
  bench.marathon.faults.add({ path: events, status: 503 });
  for (let round = 1; round <= 2; round++) {
    await bench.clock.advance(6_900);
    assert.deepEqual(await bench.next(), ["the poll timer"]);
  }
});

test("many events are one question for the apps every 25 ms", "sse", async (bench) => {
  await bench.next();
  const asked = bench.marathon.requests.count("/v2/apps");
  for (let event = 1; event <= 10; event++) {
    bench.tick(`event ${event}`);
    await bench.clock.advance(2);
  }
  assert.equal(bench.marathon.requests.count("/v2/apps"), asked);
  assert.equal((await bench.next())[0]!.split(", ").length, 10);
  assert.equal(bench.marathon.requests.count("/v2/apps"), asked + 1);
});

test("a new leader leads to a look at the subscription", "event", async (bench) => {
  await bench.next();
  const [url] = bench.marathon.subscriptions.urls;
  await looks(bench, 1);
  bench.marathon.setLeader(0);
  await looks(bench, 2);
  assert.match((await bench.next())[0]!, /scheduler_registered_event/);
  assert.equal(bench.marathon.requests.count("/v2/eventSubscriptions"), 2);
  assert.deepEqual(bench.marathon.subscriptions.urls, [url]);
});

test("HUP synchronises, USR1 reloads the files without asking Marathon", "poll", async (bench) => {
  bench.signals.send("SIGUSR1");
  assert.deepEqual(await bench.next(), ["files"]);
  assert.equal(bench.marathon.requests.count("/v2/apps"), 0);
  bench.signals.send("SIGHUP");
  assert.deepEqual(await bench.next(), ["SIGHUP"]);
  assert.equal(bench.marathon.requests.count("/v2/apps"), 1);
});

test("USR1 beside any other tick is a reload of its own, 200 times of 200", "poll", async (bench) => {
  for (let round = 1; round <= 200; round++) {
    const [first, second] = round % 2 === 0 ? ["SIGUSR1", "SIGHUP"] as const : ["SIGHUP", "SIGUSR1"] as const;
    bench.signals.send(first);
    bench.signals.send(second);
    assert.deepEqual(await bench.steps(2), ["SIGHUP", "files"]);
    assert.equal(bench.reloads(), round);
    // Until the next one may begin.
    await bench.clock.advance(1_000);
    await bench.clock.advance(0);
  }
});

test(
  "USR1 during a synchronisation that fails is a reload, in the pause after it too",
  "sse",
  async (bench) => {
    await bench.next();
    bench.marathon.faults.add({ path: "/v2/apps", status: 500, times: 1 });
    bench.tick("a tick");
    bench.signals.send("SIGUSR1");
    assert.deepEqual(await bench.steps(1), ["files"]);
    await eventually(() => bench.clock.slept.includes(1_000));
    await bench.clock.advance(899);
    bench.signals.send("SIGUSR1");
    await bench.clock.advance(200);
    await eventually(() => bench.reloads() === 2);
  },
);

test("a synchronisation that reloads is the reload that USR1 asked for", "poll", async (bench) => {
  bench.content = "another\n";
  bench.signals.send("SIGHUP");
  await bench.clock.advance(100);
  await eventually(() => bench.clock.slept.length > 0 && bench.reloads() === 1);
  bench.content = "a third\n";
  bench.tick("a tick");
  bench.signals.send("SIGUSR1");
  await bench.clock.advance(100);
  await eventually(() => bench.reloads() >= 2);
  await bench.clock.advance(2_000);
  assert.equal(bench.reloads(), 2);
});

test(
  "reloads by USR1 come once a second at most, and the last one asked for is made",
  "poll",
  async (bench) => {
    bench.signals.send("SIGUSR1");
    await bench.steps(1);
    for (let signal = 0; signal < 50; signal++) {
      bench.signals.send("SIGUSR1");
      await bench.clock.advance(10);
    }
    assert.equal(bench.reloads(), 1);
    await bench.clock.advance(500);
    await eventually(() => bench.reloads() === 2);
    await bench.clock.advance(5_000);
    assert.equal(bench.reloads(), 2);
  },
);
