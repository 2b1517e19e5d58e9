import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import type { RunContext } from "../../lib/run/context.ts";
import { openTickSource } from "../../lib/run/follower.ts";
import { createFiles, createMarathonClient } from "../../lib/run/parts.ts";
import { type Opening, runSupervised, takeDirectories } from "../../lib/run/supervised.ts";
import { MasterSocket } from "../../lib/shell/haproxy/socket.ts";
import type { HaproxySupervisor, HaproxySupervisorOptions } from "../../lib/shell/haproxy/supervisor.ts";
import { ControlServer } from "../../lib/shell/operator/control.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import { freePort } from "../../tools/harness/freePort.ts";
import { withDirectory } from "../shell/system/withDirectory.ts";
import { FakeClock } from "../support/FakeClock.ts";
import { RecordingLogger } from "../support/RecordingLogger.ts";
import { FakeSignals } from "./support/FakeSignals.ts";
import { parseOptions } from "./support/parseOptions.ts";

/** A supervised run in a directory of its own, without a Marathon that answers, and with a HAProxy that is not there. */
class Bench {
  readonly clock = new FakeClock();
  readonly logger = new RecordingLogger();
  readonly stopping = new AbortController();
  readonly leaving = new AbortController();
  readonly killing = new AbortController();
  /** What was opened and closed, in order. */
  readonly steps: string[] = [];
  /** Whether there is a HAProxy to adopt. */
  adopt: () => Promise<boolean> = () => Promise.resolve(true);
  /** Resolves when HAProxy has stopped. */
  haproxyStops: () => Promise<void> = () => Promise.resolve();
  /** Resolves when nothing is under way in HAProxy. */
  haproxyLeft: () => Promise<void> = () => Promise.resolve();
  /** Why parts cannot be opened or closed, by their names. */
  readonly faults = new Map<string, Error>();

  constructor(readonly directory: string, readonly port: number) {}

  run(): Promise<number> {
    const { directory, clock, logger, stopping, leaving, killing } = this;
    const path = (name: string) => join(directory, name);
    const options = parseOptions([
      ...["event", `127.0.0.1:${this.port}`, "-m", "http://127.0.0.1:1", "--skip-validation"],
      ...["--work-dir", path("work"), "--run-dir", path("run"), "--state-dir", path("state")],
      ...["--cert-dir", path("certs"), "--haproxy-config", path("work/haproxy.cfg")],
      ...["--templates-dir", path("templates")],
    ]);
    const context: RunContext = {
      environment: { PATH: process.env.PATH },
      ...{ clock, logger, signals: new FakeSignals() },
      ...{ stopping: stopping.signal, leaving: leaving.signal, killing: killing.signal },
      print: () => Promise.resolve(),
    };
    return runSupervised(options, context, this.#opening);
  }

  /** Waits until HAProxy serves, and forgets what was opened until then. */
  async serves(): Promise<void> {
    await eventually(() => this.logger.lines.some((line) => line.endsWith("HAProxy serves")));
    this.steps.length = 0;
  }

  get #opening(): Opening {
    return {
      client: async (...given) => this.#watch("client", "close", await createMarathonClient(...given)),
      locks: async (...given) => this.#watch("locks", "release", await takeDirectories(...given)),
      source: async (...given) => {
        const source = await openTickSource(...given);
        if (source.kind === "callbacks") this.#watch("callbacks", "close", source.server);
        return source;
      },
      control: async (...given) =>
        this.#watch("control socket", "close", await ControlServer.listen(...given)),
      files: (...given) => {
        const files = createFiles(...given);
        this.#watch("files", "settle", files.ledger);
        return files;
      },
      supervisor: (options) => this.#watch("HAProxy", "stop", this.#supervisor(options)),
    };
  }

  #supervisor({ masterSocket, clock }: HaproxySupervisorOptions): HaproxySupervisor {
    const supervisor: Partial<HaproxySupervisor> = {
      socket: new MasterSocket(masterSocket, { clock }),
      adopt: () => this.adopt(),
      reload: () => Promise.resolve({ ok: true, milliseconds: 0 }),
      pids: () => [],
      stop: () => this.haproxyStops(),
      leave: () => {
        this.steps.push("HAProxy left");
        return this.haproxyLeft();
      },
      kill: () => {
        this.steps.push("HAProxy killed");
        return Promise.resolve();
      },
    };
    return supervisor as HaproxySupervisor;
  }

  /** Notes that a part is open, and each time that it is closed. */
  #watch<Part extends object>(name: string, close: keyof Part & string, part: Part): Part {
    this.#fail(`${name} opened`);
    this.steps.push(`${name} opened`);
    const closing = (part[close] as () => unknown).bind(part);
    part[close] = (async () => {
      this.steps.push(`${name}: ${close}`);
      await closing();
      this.#fail(name);
    }) as Part[typeof close];
    return part;
  }

  #fail(what: string): void {
    const fault = this.faults.get(what);
    if (fault) throw fault;
  }
}

/** How everything ends that a run has opened, once HAProxy has stopped. */
const closings = [
  "files: settle",
  "control socket: close",
  "callbacks: close",
  "client: close",
  "locks: release",
];

function test(name: string, run: (bench: Bench) => Promise<void>): void {
  Deno.test(`runSupervised: ${name}`, () =>
    withDirectory(async (directory) => {
      const bench = new Bench(directory, await freePort());
      await run(bench);
      assert.equal(bench.clock.sleeping, 0, "a timer is left");
      assert.ok(!existsSync(join(directory, "run/marathon-lb.sock")), "the control socket is left");
      assert.ok(!existsSync(join(directory, "work/.marathon-lb.lock")), "a lock is left");
    }));
}

test("the mailbox's sources open before the files and HAProxy, in order", async (bench) => {
  const running = bench.run();
  await eventually(() => bench.steps.includes("HAProxy opened"));
  assert.deepEqual(bench.steps.slice(0, 6), [
    ...["client opened", "locks opened", "callbacks opened", "control socket opened"],
    ...["files opened", "HAProxy opened"],
  ]);
  bench.stopping.abort(new Error("stopped by SIGTERM"));
  // How it ends depends on how far it had come.
  await running.catch((error: Error) => assert.match(error.message, /stopped by SIGTERM/));
});

test("order of stopping: HAProxy at once, then files, control socket, sources, and the locks last", async (bench) => {
  const stopped = Promise.withResolvers<void>();
  bench.haproxyStops = () => stopped.promise;
  const running = bench.run();
  await bench.serves();
  bench.stopping.abort(new Error("stopped by SIGTERM"));
  // As long as HAProxy ends requests, its scripts can ask us, and nobody else has our directories.
  await eventually(() => bench.steps.length >= 3);
  await bench.clock.advance(60_000);
  assert.deepEqual(bench.steps.splice(0), ["HAProxy: stop", "callbacks: close", "HAProxy: stop"]);
  assert.ok(existsSync(join(bench.directory, "run/marathon-lb.sock")));
  assert.ok(existsSync(join(bench.directory, "work/.marathon-lb.lock")));
  stopped.resolve();
  assert.equal(await running, 0);
  assert.deepEqual(bench.steps, closings);
});

test("order of stopping: the same when HAProxy cannot be adopted or started, and the error says why", async (bench) => {
  const fault = new Error("Another HAProxy answers on master.sock");
  bench.adopt = () => Promise.reject(fault);
  await assert.rejects(bench.run(), fault);
  assert.deepEqual(bench.steps.slice(6), ["HAProxy: stop", ...closings]);
});

test("order of stopping: what is open closes when the next part cannot be opened", async (bench) => {
  const fault = new Error("Cannot read the files");
  bench.faults.set("files opened", fault);
  await assert.rejects(bench.run(), fault);
  assert.deepEqual(bench.steps, [
    ...["client opened", "locks opened", "callbacks opened", "control socket opened"],
    ...["control socket: close", "callbacks: close", "client: close", "locks: release"],
  ]);
});

test("order of stopping: a part that cannot be closed keeps no other open, and the first error is thrown", async (bench) => {
  const fault = new Error("Cannot remove master.sock");
  bench.faults.set("HAProxy", fault);
  bench.faults.set("client", new Error("the client is stuck"));
  const running = bench.run();
  await bench.serves();
  bench.stopping.abort(new Error("stopped by SIGTERM"));
  await assert.rejects(running, fault);
  assert.deepEqual(bench.steps.slice(-closings.length), closings);
});

/** Aborts what USR2 aborts, in its order. */
function leave({ leaving, stopping }: Bench): void {
  leaving.abort(new Error("ended by SIGUSR2"));
  stopping.abort(new Error("ended by SIGUSR2"));
}

test("order of leaving: HAProxy is never stopped and keeps its socket, the rest ends as in a stop", async (bench) => {
  const left = Promise.withResolvers<void>();
  bench.haproxyLeft = () => left.promise;
  const running = bench.run();
  await bench.serves();
  const socket = join(bench.directory, "run/socket");
  await writeFile(socket, "");
  leave(bench);
  // A reload under way ends before anybody else gets the directories.
  await eventually(() => bench.steps.length >= 3);
  assert.deepEqual(bench.steps.splice(0), ["HAProxy left", "callbacks: close", "HAProxy left"]);
  assert.ok(existsSync(join(bench.directory, "work/.marathon-lb.lock")));
  left.resolve();
  assert.equal(await running, 0);
  assert.deepEqual(bench.steps, closings);
  assert.ok(existsSync(socket));
});

test("a second signal kills a HAProxy that is being left", async (bench) => {
  const left = Promise.withResolvers<void>();
  bench.haproxyLeft = () => left.promise;
  const running = bench.run();
  await bench.serves();
  leave(bench);
  bench.killing.abort(new Error("stopped at once by SIGTERM"));
  assert.deepEqual(bench.steps.splice(0), ["HAProxy left", "HAProxy killed"]);
  left.resolve();
  assert.equal(await running, 0);
});

test("a second signal kills HAProxy while it stops", async (bench) => {
  const stopped = Promise.withResolvers<void>();
  bench.haproxyStops = () => stopped.promise;
  const running = bench.run();
  await bench.serves();
  bench.stopping.abort(new Error("stopped by SIGTERM"));
  bench.killing.abort(new Error("stopped at once by SIGTERM"));
  assert.deepEqual(bench.steps.splice(0), ["HAProxy: stop", "HAProxy killed"]);
  stopped.resolve();
  assert.equal(await running, 0);
});
