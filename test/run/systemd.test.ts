import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import {
  type NotifySettings,
  openNotifySender,
  openServiceNotifier,
  readNotifySettings,
  ServiceNotifier,
  whyStuck,
} from "../../lib/run/systemd.ts";
import { longestRun, TickLoop } from "../../lib/shell/sync/ticks.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import { withDirectory } from "../shell/system/withDirectory.ts";
import { FakeClock } from "../support/FakeClock.ts";
import { NotifySocket } from "../support/NotifySocket.ts";
import { RecordingLogger } from "../support/RecordingLogger.ts";

const socket = "/run/systemd/notify";
const NOTIFY_SOCKET = socket;

const cases: [name: string, environment: Record<string, string>, settings: NotifySettings | undefined][] = [
  ["nobody wants any", {}, undefined],
  ["an empty variable", { NOTIFY_SOCKET: "" }, undefined],
  ["a watchdog without a socket", { WATCHDOG_USEC: "60000000" }, undefined],
  ["a path", { NOTIFY_SOCKET }, { socket, watchdog: undefined }],
  ["an abstract socket", { NOTIFY_SOCKET: "@a/b@c" }, { socket: "\0a/b@c", watchdog: undefined }],
  ["a watchdog", { NOTIFY_SOCKET, WATCHDOG_USEC: "60000000" }, { socket, watchdog: 60_000 }],
  ["one for us", { NOTIFY_SOCKET, WATCHDOG_USEC: "500", WATCHDOG_PID: "42" }, { socket, watchdog: 0.5 }],
  ["one for another process", { NOTIFY_SOCKET, WATCHDOG_USEC: "500", WATCHDOG_PID: "43" }, {
    socket,
    watchdog: undefined,
  }],
  ["one that is off", { NOTIFY_SOCKET, WATCHDOG_USEC: "0" }, { socket, watchdog: undefined }],
  ["one that is no number", { NOTIFY_SOCKET, WATCHDOG_USEC: "1 min" }, { socket, watchdog: undefined }],
];
for (const [name, environment, settings] of cases) {
  Deno.test(`readNotifySettings: ${name}`, () => {
    assert.deepEqual(readNotifySettings(environment, 42), settings);
  });
}

for (const address of ["vsock:2:1234", "notify", "/", "@"]) {
  Deno.test(`readNotifySettings: ${address} is refused`, () => {
    assert.throws(() => readNotifySettings({ NOTIFY_SOCKET: address }, 42), {
      message: `NOTIFY_SOCKET is "${address}", but should be the path of a socket, or @ and an abstract name`,
    });
  });
}

const step = { doing: "a synchronisation", since: 5_000, within: 300_000 };

Deno.test("whyStuck: a step may be late by a minute", () => {
  for (const now of [5_000, 305_000, 365_000]) assert.equal(whyStuck(step, now), undefined);
});

Deno.test("whyStuck: a step that does not end", () => {
  assert.equal(
    whyStuck(step, 365_001),
    "The control loop is stuck: a synchronisation has lasted 360 s, and takes 300 s at the most",
  );
});

/** A notifier whose manager keeps what it is sent, and takes it unless the test says otherwise. */
class Bench {
  readonly clock = new FakeClock();
  readonly logger = new RecordingLogger();
  readonly stop = new AbortController();
  readonly kill = new AbortController();
  /** What was sent, a notification on a line, since the last look. */
  sent: string[] = [];
  closed = false;
  status = "Serving";
  /** How the manager answers. */
  take: (signal: AbortSignal) => Promise<void> = () => Promise.resolve();
  readonly notifier: ServiceNotifier;

  constructor(watchdog?: number, { wanted = true } = {}) {
    const sender = {
      how: "a test",
      send: (assignments: readonly string[], signal: AbortSignal) => {
        this.sent.push(assignments.join(" "));
        return this.take(signal);
      },
      close: () => void (this.closed = true),
    };
    const { clock, logger } = this;
    const status = () => this.status;
    this.notifier = new ServiceNotifier({
      sender: wanted ? sender : undefined,
      watchdog,
      status,
      clock,
      logger,
    });
  }

  follow(): Promise<void> {
    return this.notifier.follow(this.stop.signal, this.kill.signal, () => "Stopping: the last requests end");
  }

  /** What was sent in the next milliseconds. */
  async next(milliseconds: number): Promise<string[]> {
    await this.clock.advance(milliseconds);
    return this.sent.splice(0);
  }

  async end(following: Promise<void>): Promise<string[]> {
    this.stop.abort(new Error("stopped"));
    await this.clock.advance(0);
    await following;
    assert.equal(this.clock.sleeping, 0, "a timer is left");
    return this.sent.splice(0);
  }
}

const stopping = "STOPPING=1 STATUS=Stopping: the last requests end";

Deno.test("ServiceNotifier: without a watchdog it sends READY, a new STATUS, and STOPPING", async () => {
  const bench = new Bench();
  const following = bench.follow();
  assert.deepEqual(await bench.next(0), ["READY=1 STATUS=Serving"]);
  assert.deepEqual(await bench.next(600_000), []);
  bench.status = "Serving more";
  assert.deepEqual(await bench.next(60_000), ["STATUS=Serving more"]);
  assert.deepEqual(await bench.next(600_000), []);
  assert.ok(!bench.closed);
  assert.deepEqual(await bench.end(following), [stopping]);
  assert.ok(bench.closed);
  assert.deepEqual(bench.logger.lines, []);
});

Deno.test("ServiceNotifier: with a watchdog it pings thrice in its time", async () => {
  const bench = new Bench(60_000);
  const following = bench.follow();
  assert.deepEqual(await bench.next(0), ["READY=1 WATCHDOG=1 STATUS=Serving"]);
  // Sooner at first: after 1, 3, 7, 15 and 31 s.
  assert.deepEqual(await bench.next(31_000), Array(5).fill("WATCHDOG=1"));
  assert.deepEqual(await bench.next(600_000), Array(30).fill("WATCHDOG=1"));
  assert.deepEqual(await bench.end(following), [stopping]);
});

Deno.test("ServiceNotifier: a short watchdog has no longer pauses at first", async () => {
  const bench = new Bench(900);
  const following = bench.follow();
  assert.equal((await bench.next(3_000)).length, 11);
  await bench.end(following);
});

Deno.test("ServiceNotifier: a synchronisation that does not end gets no pings, until it does", async () => {
  const bench = new Bench(60_000);
  const { clock, logger, notifier: { progress } } = bench;
  const running = Promise.withResolvers<void>();
  const loop = new TickLoop({
    idle: 300_000,
    idleReason: "nothing",
    clock,
    logger,
  });
  const stopLoop = new AbortController();
  const looping = loop.follow({ run: () => running.promise, progress }, stopLoop.signal);
  const following = bench.follow();
  // Nothing happens in the loop, run after run of it, and that is alive.
  await bench.next(299_000);
  loop.tick("a change");
  const pings = await bench.next(longestRun + 60_000);
  assert.ok(pings.length > 90);
  assert.ok(pings.every((ping) => ping === "WATCHDOG=1"));

  const late = await bench.next(20_000);
  assert.match(late.join("\n"), /^STATUS=The control loop is stuck: a synchronisation has lasted 18\d\d s/);
  // A status each, as it goes on to last, but no ping.
  assert.ok((await bench.next(600_000)).every((line) => !line.includes("WATCHDOG")));
  assert.equal(logger.lines.length, 1);
  assert.match(
    logger.lines[0]!,
    /^error .*The control loop is stuck: .* at the most: the service manager gets no ping until it continues$/,
  );

  running.resolve();
  assert.deepEqual(await bench.next(20_000), ["WATCHDOG=1 STATUS=Serving"]);
  assert.match(logger.lines[1]!, /^warning .*The control loop continues$/);
  stopLoop.abort(new Error("stopped"));
  await clock.advance(0);
  await looping;
  await bench.end(following);
});

Deno.test("ServiceNotifier: synchronisations that fail, because Marathon is away, are alive", async () => {
  const bench = new Bench(60_000);
  const { clock, logger, notifier: { progress } } = bench;
  const loop = new TickLoop({
    idle: 300_000,
    idleReason: "nothing",
    clock,
    logger,
  });
  loop.tick("the start");
  const stopLoop = new AbortController();
  const run = () => Promise.reject(new Error("connection refused"));
  const looping = loop.follow({ run, progress }, stopLoop.signal);
  const following = bench.follow();
  const day = 86_400_000;
  const sent = await bench.next(day);
  assert.ok(sent.length > day / 20_000 - 10);
  assert.ok(sent.every((line) => line.includes("WATCHDOG=1")));
  stopLoop.abort(new Error("stopped"));
  await clock.advance(0);
  await looping;
  await bench.end(following);
});

Deno.test("ServiceNotifier: a failed notification is retried, with one line in the log", async () => {
  const bench = new Bench(60_000);
  bench.take = () => Promise.reject(new Error("no such socket"));
  const following = bench.follow();
  const sent = await bench.next(60_000);
  assert.ok(sent.length > 12);
  assert.ok(sent.every((line) => line === "READY=1 WATCHDOG=1 STATUS=Serving"));
  const told = "warning marathon_lb: Cannot notify the service manager of READY=1, retrying: no such socket";
  assert.deepEqual(bench.logger.lines, [told]);

  bench.take = () => Promise.resolve();
  assert.equal((await bench.next(5_000))[0], "READY=1 WATCHDOG=1 STATUS=Serving");
  assert.deepEqual(await bench.next(20_000), ["WATCHDOG=1"]);
  assert.deepEqual(bench.logger.lines, [
    told,
    "info marathon_lb: The service manager accepts notifications again",
  ]);
  await bench.end(following);
});

Deno.test("ServiceNotifier: a manager that takes nothing is not waited for", async () => {
  const bench = new Bench(60_000);
  bench.take = (signal) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const following = bench.follow();
  await bench.next(5_000);
  assert.match(bench.logger.lines[0]!, /READY=1, retrying: it was not accepted within 5 s$/);
  bench.stop.abort(new Error("stopped"));
  await bench.next(5_000);
  bench.kill.abort(new Error("killed"));
  await following;
  assert.equal(bench.logger.lines.length, 1);
});

Deno.test("ServiceNotifier: without a service manager it does nothing", async () => {
  const bench = new Bench(60_000, { wanted: false });
  await bench.follow();
  assert.deepEqual([bench.sent, bench.clock.slept, bench.logger.lines], [[], [], []]);
});

const never = new AbortController().signal;
const installed = existsSync("/usr/bin/systemd-notify");
const reason = installed ? "" : " (there is no /usr/bin/systemd-notify here)";

for (const kind of ["path", "abstract name"]) {
  Deno.test({
    name: `openNotifySender: systemd-notify sends to a ${kind}${reason}`,
    ignore: !installed,
    fn: () =>
      withDirectory(async (directory) => {
        const address = kind === "path" ? join(directory, "notify") : `@${randomUUID()}`;
        await using socket = await NotifySocket.open(address);
        const sender = await openNotifySender(
          address.replace("@", "\0"),
          "/nowhere:/usr/bin",
          () => undefined,
        );
        assert.equal(sender.how, "/usr/bin/systemd-notify, which needs NotifyAccess=all in the unit");
        await sender.send(["READY=1", "STATUS=a = b; c\\d"], never);
        await eventually(() => socket.notifications.length > 0);
        assert.deepEqual(socket.notifications, [["READY=1", "STATUS=a = b; c\\d"]]);
        sender.close();
      }),
  });
}

Deno.test({
  name: `openNotifySender: what systemd-notify says is told${reason}`,
  ignore: !installed,
  fn: () =>
    withDirectory(async (directory) => {
      const sender = await openNotifySender(join(directory, "nobody"), "/usr/bin", () => undefined);
      await assert.rejects(
        sender.send(["READY=1"], never),
        /systemd-notify failed: .*(Connection refused|No such file)/,
      );
      const given = AbortSignal.abort(new Error("given up"));
      await assert.rejects(sender.send(["READY=1"], given), /given up/);
    }),
});

Deno.test("openNotifySender: a runtime with datagram sockets uses its own socket", async () => {
  const sent: [text: string, path: string][] = [];
  let closed = false;
  const sender = await openNotifySender("/run/notify", "/usr/bin", () => ({
    send: (message, path) => Promise.resolve(void sent.push([new TextDecoder().decode(message), path])),
    close: () => void (closed = true),
  }));
  assert.equal(sender.how, "a socket of its own");
  await sender.send(["READY=1", "STATUS=Serving"], never);
  assert.deepEqual(sent, [["READY=1\nSTATUS=Serving", "/run/notify"]]);
  sender.close();
  assert.ok(closed);
});

Deno.test("openNotifySender: a socket that takes nothing is given up", async () => {
  const sender = await openNotifySender("/run/notify", "", () => ({
    send: () => new Promise(() => {}),
    close: () => {},
  }));
  const giveUp = new AbortController();
  const sending = sender.send(["READY=1"], giveUp.signal);
  giveUp.abort(new Error("given up"));
  await assert.rejects(sending, /given up/);
});

Deno.test("openNotifySender: without either it says what to do", async () => {
  await assert.rejects(openNotifySender("/run/notify", "/nowhere", () => undefined), (error: Error) => {
    assert.match(
      error.message,
      /^Deno \S+ cannot send to a datagram socket, and there is no systemd-notify on PATH \(\/nowhere\): install it/,
    );
    return true;
  });
});

Deno.test("openNotifySender: by default it takes what the runtime has", async () => {
  // The tests run without --unstable-net.
  assert.equal("listenDatagram" in Deno && typeof Deno.listenDatagram === "function", false);
  await assert.rejects(openNotifySender("/run/notify", ""), /there is no systemd-notify/);
  assert.ok(process.versions.deno);
});

const openServiceNotifierNOTIFY_SOCKET = "/run/systemd/notify";

/** What it logs, and where and what it sends until it is stopped, in such an environment. */
async function run(environment: Record<string, string>, failure?: Error) {
  const [clock, logger] = [new FakeClock(), new RecordingLogger()];
  const opened: [socket: string, searchPath: string | undefined][] = [];
  const sent: string[] = [];
  const notifier = await openServiceNotifier({ environment, clock, logger }, () => "Serving", (...where) => {
    if (failure) throw failure;
    opened.push([where[0], where[1]]);
    const send = (assignments: readonly string[]) => Promise.resolve(void sent.push(assignments.join(" ")));
    return Promise.resolve({ how: "a test", send, close: () => {} });
  });
  const stop = new AbortController();
  const following = notifier.follow(stop.signal, new AbortController().signal, () => "Stopping");
  await clock.advance(0);
  stop.abort(new Error("stopped"));
  await clock.advance(0);
  await following;
  return { lines: logger.lines, opened, sent };
}

Deno.test("openServiceNotifier: without a service manager nothing is opened and logged", async () => {
  const environment = { PATH: "/usr/bin", WATCHDOG_USEC: "60000000" };
  assert.deepEqual(await run(environment), { lines: [], opened: [], sent: [] });
});

Deno.test("openServiceNotifier: it logs the sender and the watchdog", async () => {
  const environment = {
    PATH: "/bin",
    NOTIFY_SOCKET: openServiceNotifierNOTIFY_SOCKET,
    WATCHDOG_USEC: "60000000",
    WATCHDOG_PID: `${process.pid}`,
  };
  const { lines, opened, sent } = await run(environment);
  assert.deepEqual(lines, [
    "info marathon_lb: Notifying the service manager by a test; its watchdog waits 60 s",
  ]);
  assert.deepEqual(opened, [[openServiceNotifierNOTIFY_SOCKET, "/bin"]]);
  assert.deepEqual(sent[0], "READY=1 WATCHDOG=1 STATUS=Serving");
});

Deno.test("openServiceNotifier: a watchdog for another process is none", async () => {
  const { lines, sent } = await run({
    NOTIFY_SOCKET: openServiceNotifierNOTIFY_SOCKET,
    WATCHDOG_USEC: "60000000",
    WATCHDOG_PID: "1",
  });
  assert.deepEqual(lines, ["info marathon_lb: Notifying the service manager by a test; its watchdog is off"]);
  assert.deepEqual(sent[0], "READY=1 STATUS=Serving");
});

const told = "error marathon_lb: Cannot notify the service manager of the state: ";

Deno.test("openServiceNotifier: a missing sender is logged, and serving continues", async () => {
  const { lines, sent } = await run({ NOTIFY_SOCKET: openServiceNotifierNOTIFY_SOCKET }, new Error("no way"));
  assert.deepEqual([lines, sent], [[`${told}no way`], []]);
});

Deno.test("openServiceNotifier: so is an address that is none", async () => {
  const { lines, sent } = await run({ NOTIFY_SOCKET: "vsock:2:1" });
  assert.deepEqual([lines.map((line) => line.startsWith(told)), sent], [[true], []]);
});
