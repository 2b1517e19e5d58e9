import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import process from "node:process";
import { HaproxySupervisor } from "../../../lib/shell/haproxy/supervisor.ts";
import { stoppedProcesses, watchStopped } from "../../../lib/shell/haproxy/processes.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";
import { limit, TestBench } from "./support/TestBench.ts";

const test = (name: string, run: (bench: TestBench) => Promise<void>) =>
  Deno.test(`a stopped HAProxy: ${name}`, () => TestBench.use(run));

/** With a directory of its own for the master socket. */
async function startSupervisor(bench: TestBench, reloadTimeout = 10_000): Promise<HaproxySupervisor> {
  await bench.answer("one");
  const supervisor = new HaproxySupervisor({
    haproxy: bench.haproxy,
    configFile: bench.configFile,
    masterSocket: bench.path("master.sock"),
    env: {},
    clock: bench.clock,
    logger: bench.logger,
    shutdownTimeout: 10_000,
    reloadTimeout,
  });
  await supervisor.start(limit());
  return supervisor;
}

test("a reload times out with the reason, the next one after it resumes succeeds", async (bench) => {
  // On a slow machine, a reload of HAProxy 3.4 that does end takes longer than 300 ms.
  const timeout = 2_000;
  const supervisor = await startSupervisor(bench, timeout);
  const [master] = supervisor.pids();
  try {
    process.kill(master!, "SIGSTOP");
    await bench.answer("two");
    const result = await supervisor.reload();
    assert.ok(!result.ok);
    assert.match(
      result.reason,
      new RegExp(
        `within ${timeout} ms.*; stopped by SIGSTOP: HAProxy's process ${master}, resume it with SIGCONT$`,
      ),
    );
    assert.equal(await bench.get(), "200 one");
    process.kill(master!, "SIGCONT");
    await bench.until(async () => (await supervisor.reload()).ok);
    assert.equal(await bench.get(), "200 two");
  } finally {
    await supervisor.stop();
  }
});

for (const victim of [0, 1]) {
  test(`${victim === 0 ? "the master" : "the worker"} is resumed to stop softly`, async (bench) => {
    const supervisor = await startSupervisor(bench);
    process.kill(supervisor.pids()[victim]!, "SIGSTOP");
    const reload = victim === 0 ? supervisor.reload() : undefined;
    await supervisor.stop();
    await reload;
    assert.ok(bench.logger.lines.includes("info marathon_lb: HAProxy has stopped"), "softly");
  });
}

test("it is logged, once, and when it resumes", async (bench) => {
  const supervisor = await startSupervisor(bench);
  const [master, worker] = supervisor.pids();
  const clock = new FakeClock();
  const logger = new RecordingLogger();
  const stop = new AbortController();
  const watching = watchStopped(() => supervisor.pids(), { clock, logger }, stop.signal);
  try {
    await clock.advance(5_000);
    assert.deepEqual(logger.lines, []);
    process.kill(worker!, "SIGSTOP");
    process.kill(master!, "SIGSTOP");
    // The system takes its time to stop them.
    await bench.until(() => stoppedProcesses([master!, worker!]).length === 2);
    await clock.advance(5_000);
    await clock.advance(5_000);
    assert.deepEqual(logger.lines.splice(0), [
      `error marathon_lb: HAProxy's master (process ${master}) is stopped, HAProxy cannot be reloaded: ` +
      "resume it with SIGCONT, or kill it",
      `error marathon_lb: HAProxy's worker (process ${worker}) is stopped, connections to it are not answered: ` +
      "resume it with SIGCONT, or kill it",
    ]);
    for (const pid of [master!, worker!]) process.kill(pid, "SIGCONT");
    await bench.until(() => stoppedProcesses([master!, worker!]).length === 0);
    await clock.advance(5_000);
    assert.deepEqual(logger.lines, [
      `info marathon_lb: HAProxy's process ${master} runs again`,
      `info marathon_lb: HAProxy's process ${worker} runs again`,
    ]);
  } finally {
    stop.abort();
    await watching;
    await supervisor.stop();
  }
});

Deno.test("HaproxySupervisor: a master socket that was removed is made again, by the same master", () =>
  TestBench.use(async (bench) => {
    const supervisor = await startSupervisor(bench);
    const [master] = supervisor.pids();
    await rm(bench.path("master.sock"));
    await bench.answer("two");
    assert.ok((await supervisor.reload()).ok);
    assert.equal(await bench.get(), "200 two");
    assert.ok(existsSync(bench.path("master.sock")));
    assert.equal(supervisor.pids()[0], master);
    assert.ok(
      bench.logger.lines.some((line) =>
        /master\.sock is gone: signalling HAProxy to open it again/.test(line)
      ),
    );
    await supervisor.stop();
  }));
