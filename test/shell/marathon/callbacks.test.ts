import assert from "node:assert/strict";
import { CallbackFollower, callbackUrl, Subscription } from "../../../lib/shell/marathon/callbacks.ts";
import { MarathonClient } from "../../../lib/shell/marathon/client.ts";
import { SimulatedMarathon } from "../../../tools/simulated-marathon/SimulatedMarathon.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";
import { eventually } from "../../../tools/harness/eventually.ts";
import { withCallbackServer } from "./support/withCallbackServer.ts";

type Client = ConstructorParameters<typeof CallbackFollower>[0]["client"];

interface Bench {
  readonly marathon: SimulatedMarathon;
  readonly clock: FakeClock;
  readonly follower: CallbackFollower;
  readonly ticks: string[];
  /** What its observer was told. */
  readonly told: string[];
  readonly stop: () => Promise<void>;
  readonly url: string;
}

/** A follower with a poll interval of 7 s, of a simulated Marathon or of whatever `stub` is. */
function test(name: string, run: (bench: Bench) => Promise<void>, stub?: Client): void {
  Deno.test(`CallbackFollower: ${name}`, async () => {
    await using marathon = await SimulatedMarathon.start();
    const [clock, logger] = [new FakeClock(), new RecordingLogger()];
    const client = new MarathonClient({ urls: [marathon.url], insecure: false, clock, logger });
    await withCallbackServer({}, async ({ server, url }) => {
      const ticks: string[] = [];
      const told: string[] = [];
      const stopping = new AbortController();
      const follower = new CallbackFollower({
        client: stub ?? client,
        server,
        url: undefined,
        pollInterval: 7_000,
        clock,
        logger,
        killing: new AbortController().signal,
        tick: (reason) => ticks.push(reason),
        observer: {
          streamConnected: () => told.push("connected"),
          streamDisconnected: (reason) => told.push(`disconnected: ${reason}`),
          event: (type) => told.push(type),
        },
      });
      const following = follower.follow(stopping.signal);
      const stop = async () => {
        stopping.abort(new Error("stopped"));
        await following;
      };
      try {
        await run({ marathon, clock, follower, ticks, told, stop, url });
      } finally {
        await stop();
        client.close();
      }
      assert.equal(clock.sleeping, 0, "a timer is left");
    });
  });
}

const subscribed = "a new subscription to events";

test("subscribes, ticks for events, and unsubscribes before it closes", async (bench) => {
  const { marathon, ticks, told, stop, url } = bench;
  await eventually(() => ticks.length > 0);
  assert.deepEqual(marathon.subscriptions.urls, [url]);
  const timestamp = new Date().toISOString();
  marathon.emit(
    { eventType: "deployment_info", timestamp },
    { eventType: "health_status_changed_event", timestamp },
  );
  await eventually(() => ticks.length > 1);
  assert.deepEqual(ticks, [subscribed, "health_status_changed_event"]);
  assert.deepEqual(told, ["connected", "health_status_changed_event"]);
  await stop();
  assert.deepEqual(marathon.subscriptions.urls, []);
  await assert.rejects(fetch(url, { method: "POST", body: "{}" }), "it listens no more");
});

test("does not poll while Marathon calls back", async ({ clock, ticks }) => {
  await eventually(() => ticks.length > 0 && clock.sleeping === 2);
  await clock.advance(50_000);
  assert.deepEqual(ticks, [subscribed]);
});

const refusing = {
  refuses: true,
  get: () => Promise.reject(new Error("never asked")),
  post: () =>
    refusing.refuses
      ? Promise.reject(new Error("no", { cause: [{ reason: "HTTP 404", advice: "", status: 404 }] }))
      : Promise.resolve(),
  delete: () => Promise.resolve(),
};
test("polls while Marathon does not call back", async ({ clock, ticks }) => {
  await clock.advance(6_999);
  assert.deepEqual(ticks, []);
  await clock.advance(1);
  assert.deepEqual(ticks, ["the poll timer"]);
  await clock.advance(7_000);
  assert.deepEqual(ticks, ["the poll timer", "the poll timer"]);

  refusing.refuses = false;
  // Tried after 1, 3, 7, 15 seconds.
  await clock.advance(1_000);
  assert.equal(ticks.at(-1), subscribed);
  ticks.length = 0;
  await clock.advance(40_000);
  assert.deepEqual(ticks, []);
}, refusing);

test("renews a subscription that was lost with a failure", async (bench) => {
  const { marathon, follower, ticks, told, url } = bench;
  await eventually(() => ticks.length > 0);
  marathon.subscriptions.remove(url);
  await eventually(() => {
    follower.suspect();
    return ticks.length > 1;
  });
  assert.deepEqual(marathon.subscriptions.urls, [url]);
  assert.deepEqual(ticks, [subscribed, subscribed]);
  assert.deepEqual(told, [
    "connected",
    `disconnected: Marathon lost the subscription of ${url}`,
    "connected",
  ]);
});

const path = "/v2/eventSubscriptions";
// Nobody listens there: Marathon may say what it wants to whom it wants.
const url = "http://127.0.0.1:1/marathon?a=b&c=d";

interface subscriptionBench {
  readonly marathon: SimulatedMarathon;
  readonly clock: FakeClock;
  readonly log: string[];
  readonly subscription: Subscription;
  /** Begins to keep the subscription. */
  readonly keep: () => void;
  /** Ends that, and removes the subscription. */
  readonly end: (killing?: AbortSignal) => Promise<void>;
  /** How often it was told that Marathon begins to call back. */
  readonly begun: () => number;
  /** Why it was told that Marathon does not call back. */
  readonly lost: readonly string[];
  /** Resolves when the subscription waits for its next turn, of which this is the pause. */
  readonly waits: (milliseconds: number) => Promise<void>;
  /** The requests about subscriptions since the last call. */
  readonly asked: () => string[];
}

function subscriptionTest(
  name: string,
  run: (bench: subscriptionBench) => Promise<void>,
  callback = url,
): void {
  Deno.test(`Subscription: ${name}`, async () => {
    await using marathon = await SimulatedMarathon.start();
    const [clock, logger] = [new FakeClock(), new RecordingLogger()];
    const client = new MarathonClient({ urls: [marathon.url], insecure: false, clock, logger });
    let begun = 0;
    const lost: string[] = [];
    const subscription = new Subscription({
      client,
      url: callback,
      clock,
      logger,
      onSubscribed: () => begun++,
      onUnsubscribed: (reason) => lost.push(reason),
    });
    const stop = new AbortController();
    let keeping = Promise.resolve();
    const end = async (killing = new AbortController().signal) => {
      stop.abort(new Error("stopped"));
      await keeping;
      await subscription.remove(killing);
    };
    try {
      await run({
        marathon,
        clock,
        log: logger.lines,
        subscription,
        keep: () => void (keeping = subscription.keep(stop.signal)),
        end,
        begun: () => begun,
        lost,
        // Requests have timers too, which are gone when they are over.
        waits: async (pause) => {
          await eventually(() => clock.sleeping === 1 && clock.slept.at(-1) === pause);
        },
        asked() {
          const asked = marathon.requests.of(path).map(({ method }) => method!);
          marathon.requests.clear();
          return asked;
        },
      });
    } finally {
      stop.abort(new Error("stopped"));
      await keeping;
      client.close();
    }
    assert.equal(clock.sleeping, 0, "a timer is left");
  });
}

subscriptionTest("is made at the start, checked each minute, and removed at the end", async (bench) => {
  const { marathon, clock, subscription, keep, end, begun, waits, asked, log } = bench;
  assert.equal(subscription.stands, false);
  keep();
  await waits(60_000);
  assert.equal(subscription.stands, true);
  assert.deepEqual([marathon.subscriptions.urls, asked(), begun()], [[url], ["POST"], 1]);

  await clock.advance(59_999);
  assert.deepEqual(asked(), []);
  await clock.advance(1);
  await waits(60_000);
  assert.deepEqual([asked(), begun()], [["GET"], 1]);

  await end();
  assert.deepEqual([marathon.subscriptions.urls, asked()], [[], ["DELETE"]]);
  assert.deepEqual(log, [
    `info marathon_lb: Subscribed the callback URL ${url} in Marathon`,
    `info marathon_lb: Unsubscribed the callback URL ${url} in Marathon`,
  ]);
});

subscriptionTest("is made again when Marathon lost it", async (bench) => {
  const { marathon, clock, keep, begun, lost, waits, asked, log } = bench;
  keep();
  await waits(60_000);
  marathon.subscriptions.remove(url);
  await clock.advance(60_000);
  await waits(60_000);
  assert.deepEqual([marathon.subscriptions.urls, asked(), begun()], [[url], ["POST", "GET", "POST"], 2]);
  assert.equal(log[1], `warning marathon_lb: Marathon lost the subscription of ${url}`);
  assert.deepEqual(lost, [`Marathon lost the subscription of ${url}`]);
});

subscriptionTest(
  "is checked at once when there is a doubt",
  async ({ marathon, subscription, keep, waits, asked }) => {
    keep();
    await waits(60_000);
    marathon.subscriptions.remove(url);
    asked();
    subscription.check();
    subscription.check();
    await eventually(() => marathon.subscriptions.urls.length > 0);
    await waits(60_000);
    assert.deepEqual(asked(), ["GET", "POST"]);
  },
);

subscriptionTest("is retried with growing pauses, and subscribed when Marathon is back", async (bench) => {
  const { marathon, clock, subscription, keep, begun, lost, waits, asked, log } = bench;
  marathon.faults.add({ path, status: 500 });
  keep();
  for (const pause of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
    await waits(pause);
    assert.match(
      log.at(-1)!,
      new RegExp(`^warning .* (POST|GET) ${path}: .*HTTP 500.*Retrying in ${pause / 1000} s$`),
    );
    await clock.advance(pause);
  }
  await waits(30_000);
  assert.deepEqual([subscription.stands, begun(), lost.length], [false, 0, 8]);
  for (const reason of lost) assert.match(reason, /HTTP 500/);
  marathon.faults.clear();
  asked();
  await clock.advance(30_000);
  await waits(60_000);
  assert.deepEqual([subscription.stands, begun(), asked()], [true, 1, ["GET", "POST"]]);
});

subscriptionTest("that outlived a failure of Marathon counts as a new one", async (bench) => {
  const { marathon, clock, subscription, keep, begun, waits, asked } = bench;
  keep();
  await waits(60_000);
  await marathon.stopNode(0);
  await clock.advance(60_000);
  await waits(1_000);
  assert.equal(subscription.stands, false);
  await marathon.startNode(0);
  asked();
  await clock.advance(1_000);
  await waits(60_000);
  assert.deepEqual([subscription.stands, begun(), asked()], [true, 2, ["GET"]]);
});

for (const status of [400, 404, 503]) {
  subscriptionTest(
    `a Marathon without subscriptions (${status}) is logged once, and retried at level DEBUG`,
    async (bench) => {
      const { marathon, clock, keep, end, begun, waits, asked, log } = bench;
      marathon.faults.add({ path, status });
      keep();
      await waits(1_000);
      await clock.advance(1_000);
      await waits(2_000);
      const told = log.filter((line) => line.startsWith("warning"));
      assert.equal(told.length, 1);
      assert.match(
        told[0]!,
        new RegExp(`Marathon accepts no event subscriptions \\(HTTP ${status} .*--poll-interval`),
      );
      assert.deepEqual([begun(), asked()], [0, ["POST", "POST"]]);
      await end();
      assert.deepEqual(asked(), [], "there is nothing to remove");
    },
  );
}

subscriptionTest("the end does not wait long for a Marathon that does not answer", async (bench) => {
  const { marathon, clock, keep, end, waits, log } = bench;
  keep();
  await waits(60_000);
  marathon.faults.add({ path, method: "DELETE", hang: true });
  const ended = end();
  await eventually(() => marathon.requests.of(path).some(({ method }) => method === "DELETE"));
  await clock.advance(2_000);
  await ended;
  assert.match(log.at(-1)!, /Marathon did not answer within 2 s\. The subscription of .* stays in Marathon$/);
});

subscriptionTest(
  "the end waits for nothing when it is to be at once",
  async ({ marathon, keep, end, waits, log }) => {
    keep();
    await waits(60_000);
    marathon.faults.add({ path, method: "DELETE", hang: true });
    await end(AbortSignal.abort(new Error("stopped at once by SIGTERM")));
    assert.match(log.at(-1)!, /^warning .*stopped at once by SIGTERM/);
  },
);

subscriptionTest("is removed also when it is not known whether Marathon has it", async (bench) => {
  const { marathon, keep, end, waits, asked } = bench;
  marathon.faults.add({ path, method: "POST", drop: true });
  keep();
  await waits(1_000);
  asked();
  await end();
  assert.deepEqual(asked(), ["DELETE"]);
});

subscriptionTest(
  "credentials in its URL are for Marathon alone",
  async ({ marathon, keep, end, waits, log }) => {
    keep();
    await waits(60_000);
    assert.deepEqual(marathon.subscriptions.urls, ["http://me:hunter2@127.0.0.1:1/"]);
    marathon.subscriptions.remove("http://me:hunter2@127.0.0.1:1/");
    await end();
    assert.ok(log.length > 0);
    assert.ok(!log.some((line) => line.includes("hunter2")), log.join("\n"));
  },
  "http://me:hunter2@127.0.0.1:1/",
);

const cases: [host: string, hostName: string, url: string][] = [
  ["10.0.0.1", "lb", "http://10.0.0.1:8080"],
  ["lb.test", "lb", "http://lb.test:8080"],
  ["fd00::1", "lb", "http://[fd00::1]:8080"],
  ["*", "lb", "http://lb:8080"],
  ["0.0.0.0", "lb", "http://lb:8080"],
  ["::", "lb", "http://lb:8080"],
  ["*", "fd00::1", "http://[fd00::1]:8080"],
];

for (const [host, hostName, url] of cases) {
  Deno.test(`callbackUrl: ${host} on ${hostName}`, () => {
    assert.equal(callbackUrl({ host, port: 8080 }, hostName), url);
  });
}
