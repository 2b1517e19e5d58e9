import assert from "node:assert/strict";
import { readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { luaScripts } from "../../lib/core/haproxy/luaScripts.ts";
import type { Service } from "../../lib/core/model/service.ts";
import {
  firstConfiguration,
  prepareDirectories,
  startHaproxy,
  type StartOptions,
} from "../../lib/run/firstStart.ts";
import type { Validation } from "../../lib/shell/haproxy/binary.ts";
import { ConfigurationStore } from "../../lib/shell/sync/store.ts";
import type { SyncResult } from "../../lib/shell/sync/synchroniser.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import { configurationOf } from "../shell/sync/support/configurationOf.ts";
import { withDirectory } from "../shell/system/withDirectory.ts";
import { FakeClock } from "../support/FakeClock.ts";
import { RecordingLogger } from "../support/RecordingLogger.ts";
import { parseOptions } from "./support/parseOptions.ts";

/** The start of a load balancer in a directory of its own; Marathon and `haproxy -c` do as the test says. */
class Bench {
  readonly clock = new FakeClock();
  readonly logger = new RecordingLogger();
  readonly stop = new AbortController();
  readonly validated: string[] = [];
  /** Whether HAProxy takes a configuration with this text. */
  accepts: (text: string) => boolean = () => true;
  arrived: () => number = () => 0;
  synchronise: (signal: AbortSignal) => Promise<SyncResult> = () =>
    Promise.reject(new Error("Marathon did not answer."));

  constructor(readonly directory: string) {}

  get configFile(): string {
    return join(this.directory, "haproxy.cfg");
  }

  start(how: { validating: boolean } = { validating: true }): Promise<void> {
    const options = {
      synchronise: (signal: AbortSignal) => this.synchronise(signal),
      arrived: () => this.arrived(),
      store: new ConfigurationStore({ configFile: this.configFile, archiveVersions: 0, haproxyMap: false }),
      generator: {
        render: (services: readonly Service[]) => configurationOf(`with ${services.length} services\n`),
      },
      validate: how.validating ? (file: string) => this.#validate(file) : undefined,
      clock: this.clock,
      logger: this.logger,
    };
    return firstConfiguration(options, this.stop.signal);
  }

  text(): Promise<string> {
    return readFile(this.configFile, "utf8");
  }

  async #validate(file: string): Promise<Validation> {
    const stage = "parse";
    this.validated.push(file.slice(this.directory.length + 1));
    const text = await readFile(file, "utf8");
    if (this.accepts(text)) return { valid: true, messages: [], stage };
    const messages = [{ severity: "alert" as const, message: `no good: ${text.trim()}` }];
    return { valid: false, messages, stage };
  }
}

function test(name: string, run: (bench: Bench) => Promise<void>): void {
  Deno.test(`firstConfiguration: ${name}`, () =>
    withDirectory(async (directory) => {
      const bench = new Bench(directory);
      await run(bench);
      assert.equal(bench.clock.sleeping, 0, "a timer is left");
    }));
}

/** A synchronisation that ends by its signal alone. */
const never = (signal: AbortSignal): Promise<SyncResult> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

const withoutApps = "with 0 services\n";
const failed = "error marathon_lb: Marathon did not answer.";
const startsWithoutApps = "warning marathon_lb: HAProxy starts without apps until Marathon answers";

test("what Marathon answers is all there is to do", async (bench) => {
  bench.synchronise = () =>
    Promise.resolve({ outcome: "applied", problems: [], unfinished: false, heldFor: 0 });
  await bench.start();
  assert.deepEqual([bench.logger.lines, bench.validated, await readdir(bench.directory)], [[], [], []]);
});

test("Marathon fails: the last good configuration as it is", async (bench) => {
  await writeFile(bench.configFile, "last good\n");
  await bench.start();
  assert.equal(await bench.text(), "last good\n");
  assert.deepEqual(bench.validated, ["haproxy.cfg"]);
  assert.deepEqual(bench.logger.lines, [
    failed,
    `warning marathon_lb: HAProxy starts with the last good configuration, ${bench.configFile}`,
  ]);
});

test("Marathon is late: it is waited for two seconds and no longer", async (bench) => {
  await writeFile(bench.configFile, "last good\n");
  bench.synchronise = never;
  const starting = bench.start();
  await bench.clock.advance(1_999);
  assert.deepEqual(bench.logger.lines, []);
  await bench.clock.advance(1);
  await starting;
  assert.equal(bench.logger.lines[0], "error marathon_lb: Marathon has not answered within 2 s");
  assert.equal(await bench.text(), "last good\n");
});

/** Lets so many seconds pass, as often as the start begins to wait again. */
async function pass({ clock }: Bench, seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 2) {
    await eventually(() => clock.sleeping === 1);
    await clock.advance(2_000);
  }
}

const applied: SyncResult = { outcome: "applied", problems: [], unfinished: false, heldFor: 0 };

test("a long answer arrives, nothing on disk: it is waited for", async (bench) => {
  const answer = Promise.withResolvers<SyncResult>();
  bench.synchronise = (signal) => {
    signal.addEventListener("abort", () => answer.reject(signal.reason));
    return answer.promise;
  };
  bench.arrived = () => bench.clock.monotonic();
  const starting = bench.start();
  await pass(bench, 20);
  answer.resolve(applied);
  await starting;
  assert.deepEqual([bench.logger.lines, await readdir(bench.directory)], [[], []]);
});

test("an answer stops arriving, nothing on disk: two more seconds and no longer", async (bench) => {
  bench.synchronise = never;
  const begun = bench.clock.monotonic();
  bench.arrived = () => Math.min(bench.clock.monotonic() - begun, 5_000);
  const starting = bench.start();
  await pass(bench, 8);
  await starting;
  assert.deepEqual(bench.logger.lines, [
    "error marathon_lb: Marathon has not answered within 8 s",
    startsWithoutApps,
  ]);
});

test("an answer that never ends, nothing on disk: it is waited for thirty seconds and no longer", async (bench) => {
  bench.synchronise = never;
  bench.arrived = () => bench.clock.monotonic();
  const starting = bench.start();
  await pass(bench, 30);
  await starting;
  assert.equal(bench.logger.lines[0], "error marathon_lb: Marathon has not answered within 30 s");
});

test("a long answer arrives: the last good configuration does not wait for it", async (bench) => {
  await writeFile(bench.configFile, "last good\n");
  bench.synchronise = never;
  bench.arrived = () => bench.clock.monotonic();
  const starting = bench.start();
  await bench.clock.advance(2_000);
  await starting;
  assert.equal(bench.logger.lines[0], "error marathon_lb: Marathon has not answered within 2 s");
});

test("nothing on disk: a configuration without apps", async (bench) => {
  await bench.start();
  assert.equal(await bench.text(), withoutApps);
  assert.deepEqual(bench.validated, [".staged/haproxy.cfg"]);
  assert.deepEqual(await readdir(bench.directory), ["haproxy.cfg"]);
  assert.deepEqual(bench.logger.lines, [failed, startsWithoutApps]);
});

test("what was good is no more: a configuration without apps", async (bench) => {
  await writeFile(bench.configFile, "outdated\n");
  bench.accepts = (text) => text !== "outdated\n";
  await bench.start();
  assert.equal(await bench.text(), withoutApps);
  assert.deepEqual(bench.validated, ["haproxy.cfg", ".staged/haproxy.cfg"]);
  assert.deepEqual(bench.logger.lines, [failed, startsWithoutApps]);
});

test("HAProxy refuses every configuration: the templates are at fault", async (bench) => {
  await writeFile(bench.configFile, "outdated\n");
  bench.accepts = () => false;
  await assert.rejects(bench.start(), {
    message: "HAProxy refuses even a configuration without apps, check the templates: " +
      `no good: ${withoutApps.trim()}`,
  });
  assert.equal(await bench.text(), "outdated\n");
  assert.deepEqual(await readdir(bench.directory), ["haproxy.cfg"]);
});

test("--skip-validation: the files on disk are believed", async (bench) => {
  await writeFile(bench.configFile, "last good\n");
  bench.accepts = () => false;
  await bench.start({ validating: false });
  assert.equal(await bench.text(), "last good\n");
  assert.deepEqual(bench.validated, []);
});

test("--skip-validation and nothing on disk: a configuration without apps", async (bench) => {
  bench.accepts = () => false;
  await bench.start({ validating: false });
  assert.equal(await bench.text(), withoutApps);
  assert.deepEqual(await readdir(bench.directory), ["haproxy.cfg"]);
});

test("a stop ends the wait at once, and nothing is written or logged", async (bench) => {
  bench.synchronise = never;
  const starting = bench.start();
  await eventually(() => bench.clock.sleeping > 0);
  bench.stop.abort(new Error("stopped"));
  await assert.rejects(starting, { message: "stopped" });
  assert.deepEqual([bench.logger.lines, await readdir(bench.directory)], [[], []]);
});

test("a stop before the start", async (bench) => {
  bench.stop.abort(new Error("stopped"));
  await assert.rejects(bench.start(), { message: "stopped" });
  assert.deepEqual([bench.logger.lines, await readdir(bench.directory)], [[], []]);
});

test("a stop during the validation leaves nothing staged", async (bench) => {
  bench.accepts = () => {
    bench.stop.abort(new Error("stopped"));
    throw bench.stop.signal.reason;
  };
  await assert.rejects(bench.start(), { message: "stopped" });
  assert.deepEqual(await readdir(bench.directory), []);
});

/** The options of a load balancer whose directories are all under `root`. */
function optionsIn(root: string) {
  const flags = {
    "--work-dir": "work",
    "--run-dir": "run",
    "--state-dir": "state",
    "--haproxy-config": "etc/h.cfg",
  };
  return parseOptions([
    "sse",
    ...Object.entries(flags).flatMap(([flag, path]) => [flag, join(root, "new", path)]),
  ]);
}

Deno.test("prepareDirectories: makes them all and writes the Lua scripts", () =>
  withDirectory(async (root) => {
    await prepareDirectories(optionsIn(root));
    assert.deepEqual((await readdir(join(root, "new"))).sort(), ["etc", "run", "state", "work"]);
    const work = join(root, "new", "work");
    const scripts = await readdir(work);
    assert.ok(scripts.length > 0);
    assert.deepEqual(scripts.sort(), Object.keys(luaScripts).sort());
    for (const [name, text] of Object.entries(luaScripts)) {
      assert.equal(await readFile(join(work, name), "utf8"), text);
      assert.equal(
        (await stat(join(work, name))).mode & 0o777,
        0o640,
        "HAProxy reads it before it becomes another user",
      );
    }
  }));

Deno.test("prepareDirectories: renews a script of another version, and leaves what is right alone", () =>
  withDirectory(async (root) => {
    await prepareDirectories(optionsIn(root));
    const [outdated, right] = Object.keys(luaScripts).map((name) => join(root, "new", "work", name));
    await writeFile(outdated!, "-- of an earlier version\n");
    await utimes(right!, 1, 1);
    await prepareDirectories(optionsIn(root));
    assert.notEqual(await readFile(outdated!, "utf8"), "-- of an earlier version\n");
    assert.equal((await stat(right!)).mtimeMs, 1000);
  }));

Deno.test("prepareDirectories: a directory that cannot be is one line that names its flag", () =>
  withDirectory(async (root) => {
    await writeFile(join(root, "new"), "in the way");
    await assert.rejects(prepareDirectories(optionsIn(root)), {
      message: `Cannot make the directory of --work-dir ${join(root, "new", "work")}: ` +
        "a part of the path is not a directory; check the path",
    });
  }));

/** Starts with a HAProxy that fails with these, one after the other, of which so many are a service's fault. */
async function start(failures: string[], faults: number) {
  const logger = new RecordingLogger();
  const steps: string[] = [];
  await withDirectory(async (directory) => {
    const options: StartOptions = {
      supervisor: {
        pids: () => [],
        start() {
          steps.push("start");
          const failure = failures.shift();
          return failure === undefined ? Promise.resolve() : Promise.reject(new Error(failure));
        },
      },
      synchroniser: {
        recheck: () => void steps.push("recheck"),
        refuseUnbound: (failure) => steps.push(`blame ${failure}`) > 0 && faults-- > 0,
      },
      first: {
        synchronise: (_, answered) => {
          steps.push("synchronise");
          answered();
          return Promise.resolve({ outcome: "applied", problems: [], unfinished: false, heldFor: 0 });
        },
        store: new ConfigurationStore({
          configFile: `${directory}/haproxy.cfg`,
          archiveVersions: 0,
          haproxyMap: false,
        }),
        generator: { render: () => configurationOf("") },
        validate: undefined,
        clock: new FakeClock(),
        logger,
      },
      logger,
    };
    await startHaproxy(options, new AbortController().signal);
  });
  return { steps, lines: logger.lines };
}

Deno.test("startHaproxy: starts again without the services at fault", async () => {
  const { steps, lines } = await start(["one", "two"], 2);
  assert.deepEqual(steps, [
    ...["synchronise", "start", "blame one"],
    ...["synchronise", "start", "blame two"],
    ...["synchronise", "start"],
  ]);
  assert.deepEqual(
    lines,
    ["one", "two"].map((failure) => `error marathon_lb: ${failure}. Starting without the services at fault`),
  );
});

Deno.test("startHaproxy: gives up when no service is at fault", async () => {
  await assert.rejects(start(["one", "two"], 1), /^Error: two$/);
});
