import assert from "node:assert/strict";
import { CallbackFollower } from "../../../../lib/shell/marathon/callback/CallbackFollower.ts";
import { MarathonClient } from "../../../../lib/shell/marathon/MarathonClient.ts";
import { SimulatedMarathon } from "../../../../tools/simulated-marathon/SimulatedMarathon.ts";
import { FakeClock } from "../../../support/FakeClock.ts";
import { RecordingLogger } from "../../../support/RecordingLogger.ts";
import { eventually } from "../eventually.ts";
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
