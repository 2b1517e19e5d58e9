import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Service } from "../../../lib/core/model/Service.ts";
import { ConfigurationStore } from "../../../lib/shell/configuration/ConfigurationStore.ts";
import { firstConfiguration } from "../../../lib/shell/run/firstConfiguration.ts";
import type { Validation } from "../../../lib/shell/haproxy/validateConfiguration.ts";
import type { SyncResult } from "../../../lib/shell/sync/Synchroniser.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";
import { withDirectory } from "../files/withDirectory.ts";
import { eventually } from "../marathon/eventually.ts";
import { configurationOf } from "../sync/support/configurationOf.ts";

/** The start of a load balancer in a directory of its own; Marathon and `haproxy -c` do as the test says. */
class Bench {
  readonly clock = new FakeClock();
  readonly logger = new RecordingLogger();
  readonly stop = new AbortController();
  readonly validated: string[] = [];
  /** Whether HAProxy takes a configuration with this text. */
  accepts: (text: string) => boolean = () => true;
  synchronise: (signal: AbortSignal) => Promise<SyncResult> = () =>
    Promise.reject(new Error("Marathon did not answer."));

  constructor(readonly directory: string) {}

  get configFile(): string {
    return join(this.directory, "haproxy.cfg");
  }

  start(how: { validating: boolean } = { validating: true }): Promise<void> {
    const options = {
      synchronise: (signal: AbortSignal) => this.synchronise(signal),
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

test("a stop ends the waiting at once, and nothing is written or told", async (bench) => {
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
