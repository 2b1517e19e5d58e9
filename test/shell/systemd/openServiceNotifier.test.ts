import assert from "node:assert/strict";
import process from "node:process";
import { openServiceNotifier } from "../../../lib/shell/systemd/openServiceNotifier.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";

const NOTIFY_SOCKET = "/run/systemd/notify";

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
  const following = notifier.follow(stop.signal, new AbortController().signal);
  await clock.advance(0);
  stop.abort(new Error("stopped"));
  await clock.advance(0);
  await following;
  return { lines: logger.lines, opened, sent };
}

Deno.test("openServiceNotifier: without a service manager nothing is opened and told", async () => {
  const environment = { PATH: "/usr/bin", WATCHDOG_USEC: "60000000" };
  assert.deepEqual(await run(environment), { lines: [], opened: [], sent: [] });
});

Deno.test("openServiceNotifier: it tells how, and what is watched", async () => {
  const environment = {
    PATH: "/bin",
    NOTIFY_SOCKET,
    WATCHDOG_USEC: "60000000",
    WATCHDOG_PID: `${process.pid}`,
  };
  const { lines, opened, sent } = await run(environment);
  assert.deepEqual(lines, [
    "info marathon_lb: The service manager is told by a test; its watchdog waits 60 s",
  ]);
  assert.deepEqual(opened, [[NOTIFY_SOCKET, "/bin"]]);
  assert.deepEqual(sent[0], "READY=1 WATCHDOG=1 STATUS=Serving");
});

Deno.test("openServiceNotifier: a watchdog for another process is none", async () => {
  const { lines, sent } = await run({ NOTIFY_SOCKET, WATCHDOG_USEC: "60000000", WATCHDOG_PID: "1" });
  assert.deepEqual(lines, ["info marathon_lb: The service manager is told by a test; it watches nothing"]);
  assert.deepEqual(sent[0], "READY=1 STATUS=Serving");
});

const told = "error marathon_lb: The service manager cannot be told that this is ready or alive: ";

Deno.test("openServiceNotifier: that there is no way is told, and serving goes on", async () => {
  const { lines, sent } = await run({ NOTIFY_SOCKET }, new Error("no way"));
  assert.deepEqual([lines, sent], [[`${told}no way`], []]);
});

Deno.test("openServiceNotifier: so is an address that is none", async () => {
  const { lines, sent } = await run({ NOTIFY_SOCKET: "vsock:2:1" });
  assert.deepEqual([lines.map((line) => line.startsWith(told)), sent], [[true], []]);
});
