import assert from "node:assert/strict";
import { mkdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RuntimePlan } from "../../../lib/core/plan/Plan.ts";
import { planUpdate } from "../../../lib/core/plan/planUpdate.ts";
import { assembled } from "../../../lib/core/render/assembled.ts";
import type { Configuration } from "../../../lib/core/render/Configuration.ts";
import { ConfigurationStore } from "../../../lib/shell/configuration/ConfigurationStore.ts";
import { readFileIfExists } from "../../../lib/shell/files/readFileIfExists.ts";
import type { RuntimeOutcome } from "../../../lib/shell/haproxy/HaproxyRuntime.ts";
import { Turns } from "../../../lib/shell/haproxy/Turns.ts";
import { Applier } from "../../../lib/shell/sync/Applier.ts";
import type { Reload } from "../../../lib/shell/sync/Synchroniser.ts";
import type { ReloadReport, RuntimeUpdateReport } from "../../../lib/shell/sync/SyncObserver.ts";
import { serviceOf } from "../../core/model/support/serviceOf.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";
import { withDirectory } from "../files/withDirectory.ts";

const service = serviceOf();

/** A backend of servers that are named after the last number of their addresses. */
function serving(...servers: number[]): Configuration {
  const lines = servers.map((number) => `  server s${number} 10.0.0.${number}:80 check\n`);
  return assembled({
    chunks: [
      { text: "global\n" },
      { text: `\nbackend web\n  balance roundrobin\n${lines.join("")}`, service, backend: true },
    ],
    maps: { "domain2backend.map": "", "app2backend.map": "" },
    problems: [],
  });
}

/** The change of a plan, in short: `+s2` for a server that comes, `-s1` for one that goes. */
function describePlan({ changes }: RuntimePlan): string {
  return changes.map(({ kind, server }) => `${kind === "remove" ? "-" : "+"}${server.name}`).join(" ");
}

/** An applier for files in a directory of its own; HAProxy, the disk and time do as the test says. */
class Bench {
  readonly steps: string[] = [];
  readonly told = {
    reloaded: [] as ReloadReport[],
    runtimeUpdated: [] as RuntimeUpdateReport[],
    fellBack: [] as string[],
    again: [] as string[],
  };
  readonly clock = new FakeClock();
  readonly logger = new RecordingLogger();
  readonly signal = new AbortController().signal;
  reload: Reload = () => Promise.resolve({ ok: true });
  update: () => RuntimeOutcome = () => ({ ok: true, commands: 3 });
  /** What writing files comes to. */
  write: () => void | Promise<void> = () => {};
  readonly configFile: string;
  readonly applier: Applier;

  constructor(directory: string) {
    this.configFile = join(directory, "haproxy.cfg");
    const note = async (what: string) =>
      void this.steps.push(`${what}, file ${await this.serversIn(this.configFile)}`);
    this.applier = new Applier({
      store: new ConfigurationStore({
        configFile: this.configFile,
        archiveVersions: 0,
        haproxyMap: false,
        prepare: async () => await this.write(),
      }),
      reload: async (signal) => {
        await note("reload");
        return await this.reload(signal);
      },
      runtime: {
        facts: { leftovers: new Map(), dynamicCookies: false, haproxyDir: directory },
        update: async (plan) => {
          await note(describePlan(plan));
          await this.clock.advance(4);
          return this.update();
        },
        forget: () => void this.steps.push("forget"),
      },
      turns: new Turns(),
      clock: this.clock,
      logger: this.logger,
      observer: {
        reloaded: (report) => void this.told.reloaded.push(report),
        runtimeUpdated: (report) => void this.told.runtimeUpdated.push(report),
        fellBack: (why) => void this.told.fellBack.push(why),
      },
      refused: () => {},
      again: (reason) => void this.told.again.push(reason),
    });
  }

  /** Brings a configuration into HAProxy as a synchronisation does. */
  async apply(configuration: Configuration): Promise<string> {
    const base = await this.applier.base();
    const plan = planUpdate(base.files, configuration, base.haproxy);
    return await this.applier.apply(plan, configuration, base, this.signal);
  }

  /** Loads this, whatever was before, as the beginning of a test. */
  async begin(configuration: Configuration): Promise<void> {
    assert.equal(await this.apply(configuration), "by a reload");
    for (const what of [this.steps, this.told.reloaded, this.logger.lines]) what.length = 0;
  }

  /** The same, and waits until the files say it. */
  async applyAndSettle(configuration: Configuration): Promise<string> {
    const how = await this.apply(configuration);
    await this.applier.settle();
    return how;
  }

  /** The names of the servers in a file; `none` when it is not there. */
  async serversIn(file: string): Promise<string> {
    const text = await readFileIfExists(file);
    return text === undefined ? "none" : [...text.matchAll(/server (\S+)/g)].map(([, name]) => name).join();
  }

  /** The servers that `lua.getconfig` tells of instead of those that were loaded. */
  published(): Promise<string> {
    return this.serversIn(`${this.configFile}.running`);
  }

  takeSteps(): string[] {
    return this.steps.splice(0);
  }
}

function test(name: string, run: (bench: Bench) => Promise<void>): void {
  Deno.test(`Applier: ${name}`, () =>
    withDirectory(async (directory) => {
      const bench = new Bench(directory);
      await run(bench);
      bench.write = () => {};
      await bench.applier.settle();
    }));
}

function fullDisk(): never {
  throw new Error("Cannot write haproxy.cfg: the disk is full");
}

test("what comes first is loaded, and HAProxy reads what is in the file", async (bench) => {
  assert.equal(await bench.apply(serving(1)), "by a reload");
  assert.deepEqual(bench.takeSteps(), ["reload, file s1", "forget"]);
  assert.equal(await bench.published(), "none");
});

test("servers come and go by commands; the files follow them, and tell what HAProxy has become", async (bench) => {
  await bench.begin(serving(1));
  assert.equal(await bench.applyAndSettle(serving(1, 2)), "by commands");
  assert.deepEqual(bench.takeSteps(), ["+s2, file s1"]);
  assert.equal(await readFile(bench.configFile, "utf8"), serving(1, 2).text);
  assert.equal(await bench.published(), "s1,s2");

  assert.equal(await bench.applyAndSettle(serving(2)), "by commands");
  assert.deepEqual(bench.takeSteps(), ["-s1, file s1,s2"]);
  assert.equal(await bench.published(), "s2");
  assert.equal(await bench.apply(serving(2)), "nothing");

  const reasons = ["backend web (+1 -0 servers) changed"];
  assert.deepEqual(bench.told.runtimeUpdated[0], {
    kind: "servers",
    reasons,
    commands: 3,
    milliseconds: 4,
    failure: undefined,
  });
  assert.deepEqual([bench.told.runtimeUpdated.length, bench.told.reloaded, bench.told.fellBack], [2, [], []]);
  assert.deepEqual(bench.logger.lines, []);
});

test("what commands cannot do is a reload, which is counted with its reason", async (bench) => {
  await bench.begin(serving(1));
  const other = assembled({ ...serving(1, 2), chunks: [{ text: "global\n  maxconn 7\n" }] });
  assert.equal(await bench.apply(other), "by a reload");
  assert.deepEqual(bench.told.fellBack, ["sections or rules came or went"]);
  assert.deepEqual(bench.told.runtimeUpdated, []);
});

test("commands that HAProxy does not follow are made up for by a reload, and told", async (bench) => {
  await bench.begin(serving(1));
  bench.update = () => ({ ok: false, commands: 3, reason: 'HAProxy answered "no" to "add server web/s2"' });
  assert.equal(await bench.apply(serving(1, 2)), "by a reload");
  assert.deepEqual(bench.takeSteps(), ["+s2, file s1", "reload, file s1,s2", "forget"]);
  const reason = 'HAProxy answered "no" to "add server web/s2"';
  assert.deepEqual(bench.told.fellBack, [reason]);
  assert.equal(bench.told.runtimeUpdated[0]!.failure, reason);
  assert.equal(bench.told.reloaded.length, 1);
  assert.deepEqual(bench.logger.lines, [
    `warning marathon_lb: HAProxy did not follow runtime commands, it is reloaded: ${reason}`,
  ]);
  assert.equal(await bench.published(), "none");

  bench.update = () => ({ ok: true, commands: 1 });
  assert.equal(await bench.apply(serving(2)), "by commands");
});

test("HAProxy that followed some commands is reloaded, though all is as it was before them", async (bench) => {
  await bench.begin(serving(1));
  bench.update = () => ({ ok: false, commands: 3, reason: "it answered no" });
  bench.reload = () => Promise.resolve({ ok: false, reason: "not now" });
  await assert.rejects(bench.apply(serving(1, 2)), /the old one stays: not now/);
  assert.equal(await bench.serversIn(bench.configFile), "s1");
  bench.takeSteps();
  await assert.rejects(bench.apply(serving(1)), /did not take over the files on disk: not now/);
  bench.reload = () => Promise.resolve({ ok: true });
  assert.equal(await bench.apply(serving(1)), "by a reload");
  assert.deepEqual(bench.takeSteps(), ["reload, file s1", "reload, file s1", "forget"]);
  assert.equal(await bench.apply(serving(1)), "nothing");
});

test("nobody waits for files that are written behind the commands", async (bench) => {
  await bench.begin(serving(1));
  const written = Promise.withResolvers<void>();
  bench.write = () => written.promise;
  assert.equal(await bench.apply(serving(1, 2)), "by commands");
  assert.equal(await bench.apply(serving(2)), "by commands");
  assert.equal(await bench.apply(serving(2)), "nothing");
  assert.deepEqual(bench.takeSteps(), ["+s2, file s1", "-s1, file s1"]);
  written.resolve();
  await bench.applier.settle();
  assert.deepEqual([await bench.serversIn(bench.configFile), await bench.published()], ["s2", "s2"]);
});

test("a reload waits for files that are being written, and has them", async (bench) => {
  await bench.begin(serving(1));
  const written = Promise.withResolvers<void>();
  bench.write = () => written.promise;
  await bench.apply(serving(1, 2));
  const reloaded = bench.applier.reloadFiles(bench.signal, ["a request"]);
  bench.takeSteps();
  written.resolve();
  await reloaded;
  assert.deepEqual(bench.takeSteps(), ["reload, file s1,s2", "forget"]);
  assert.equal(await bench.published(), "none");
});

test("a failed reload leaves the files as HAProxy was before, also what was not written yet", async (bench) => {
  await bench.begin(serving(1));
  const written = Promise.withResolvers<void>();
  bench.write = () => written.promise;
  await bench.apply(serving(1, 2));
  const other = assembled({ ...serving(1, 2, 3), chunks: [{ text: "global\n  maxconn 7\n" }] });
  bench.reload = () => Promise.resolve({ ok: false, reason: "not now" });
  const applied = bench.apply(other);
  written.resolve();
  await assert.rejects(applied, /the old one stays: not now/);
  await bench.applier.settle();
  assert.deepEqual([await bench.serversIn(bench.configFile), await bench.published()], ["s1,s2", "s1,s2"]);
});

test("files that cannot be written behind the commands are written as soon as they can be", async (bench) => {
  await bench.begin(serving(1));
  bench.write = fullDisk;
  assert.equal(await bench.apply(serving(1, 2)), "by commands");
  assert.deepEqual(bench.takeSteps(), ["+s2, file s1"]);
  await assert.rejects(bench.applier.settle(), /the disk is full/);
  assert.ok(bench.told.again.length > 0);
  assert.ok(bench.told.again.every((reason) => reason === "files that could not be written"));
  assert.deepEqual([await bench.serversIn(bench.configFile), await bench.published()], ["s1", "none"]);

  // HAProxy is ahead of the files: what comes next starts from what it runs, and fails as long as they cannot follow.
  await assert.rejects(bench.apply(serving(1, 2)), /the disk is full/);
  assert.deepEqual(bench.takeSteps(), []);
  await assert.rejects(bench.apply(serving(1, 2, 3)), /the disk is full/);
  assert.deepEqual(bench.takeSteps(), ["+s3, file s1"]);
  const other = assembled({ ...serving(1), chunks: [{ text: "global\n  maxconn 7\n" }] });
  await assert.rejects(bench.apply(other), /the disk is full/);
  await assert.rejects(bench.applier.reloadFiles(bench.signal, ["a request"]), /the disk is full/);
  assert.deepEqual(bench.takeSteps(), [], "HAProxy would load what is older than what it runs");

  bench.write = () => {};
  assert.equal(await bench.applyAndSettle(serving(1, 2, 3)), "nothing");
  assert.deepEqual([await bench.serversIn(bench.configFile), await bench.published()], [
    "s1,s2,s3",
    "s1,s2,s3",
  ]);
  assert.deepEqual([bench.takeSteps(), bench.told.reloaded], [[], []]);
});

test("what HAProxy has become is told as soon as it can be", async (bench) => {
  await bench.begin(serving(1));
  const obstacle = `${bench.configFile}.running.tmp`;
  await mkdir(obstacle);
  await assert.rejects(bench.applyAndSettle(serving(1, 2)), /haproxy\.cfg\.running/);
  assert.equal(await bench.serversIn(bench.configFile), "s1,s2");
  await rmdir(obstacle);
  assert.equal(await bench.applyAndSettle(serving(1, 2)), "nothing");
  assert.equal(await bench.published(), "s1,s2");
});

test("HAProxy that is started anew while it was ahead of the files is brought there again", async (bench) => {
  await bench.begin(serving(1));
  bench.write = fullDisk;
  await assert.rejects(bench.applyAndSettle(serving(1, 2)), /the disk is full/);
  bench.told.again.length = 0;
  bench.applier.restarted();
  assert.deepEqual(bench.told.again, ["a start of HAProxy with files that were older than what ran"]);
  bench.takeSteps();
  bench.write = () => {};
  assert.equal(await bench.apply(serving(1, 2)), "by a reload");
  assert.deepEqual(bench.takeSteps(), ["reload, file s1,s2", "forget"]);
  assert.equal(await bench.apply(serving(1, 2, 3)), "by commands");
});

test("HAProxy that is started anew while the files are written is reloaded, though they are there then", async (bench) => {
  await bench.begin(serving(1));
  const written = Promise.withResolvers<void>();
  bench.write = () => written.promise;
  await bench.apply(serving(1, 2));
  bench.applier.restarted();
  written.resolve();
  await bench.applier.settle();
  bench.takeSteps();
  assert.equal(await bench.apply(serving(1, 2)), "by a reload");
  assert.deepEqual(bench.takeSteps(), ["reload, file s1,s2", "forget"]);
});

test("HAProxy that is started anew with all of the files is where it was", async (bench) => {
  await bench.begin(serving(1));
  await bench.applyAndSettle(serving(1, 2));
  bench.takeSteps();
  bench.applier.restarted();
  assert.equal(await bench.apply(serving(1, 2)), "nothing");
  assert.deepEqual([bench.takeSteps(), bench.told.again], [["forget"], []]);
});

test("a failed reload leaves told what HAProxy has become by commands", async (bench) => {
  await bench.begin(serving(1));
  await bench.applyAndSettle(serving(1, 2));
  const other = assembled({ ...serving(1, 2), chunks: [{ text: "global\n  maxconn 7\n" }] });
  bench.reload = () => Promise.resolve({ ok: false, reason: "not now" });
  await assert.rejects(bench.apply(other), /the old one stays: not now/);
  assert.deepEqual([await bench.serversIn(bench.configFile), await bench.published()], ["s1,s2", "s1,s2"]);
  bench.reload = () => Promise.resolve({ ok: false, reason: "HAProxy is not running", down: true });
  await assert.rejects(bench.apply(other), /is in place for the next start/);
  assert.equal(await bench.published(), "none", "the next start is with the new file");
});

test("files that somebody has edited are replaced and loaded, not changed by commands", async (bench) => {
  await bench.begin(serving(1));
  await writeFile(bench.configFile, "edited by hand\n");
  assert.equal(await bench.apply(serving(1, 2)), "by a reload");
  assert.deepEqual(bench.takeSteps(), ["reload, file s1,s2", "forget"]);
  assert.deepEqual(bench.told.fellBack, [], "nothing was to be done by commands");
  assert.equal(await bench.apply(serving(1)), "by commands");
});

test("files that an earlier process left are a start for commands, once they are the right ones", async (bench) => {
  await writeFile(bench.configFile, serving(1).text);
  assert.equal(await bench.apply(serving(1)), "nothing");
  assert.equal(await bench.apply(serving(1, 2)), "by commands");
  assert.deepEqual(bench.takeSteps(), ["+s2, file s1"]);
});

test("files that were reloaded on request, and are as they were written, are a start for commands", async (bench) => {
  await bench.begin(serving(1));
  await bench.apply(serving(1, 2));
  await bench.applier.reloadFiles(bench.signal, ["a request"]);
  assert.equal(await bench.published(), "none");
  assert.equal(await bench.applyAndSettle(serving(2)), "by commands");
  await writeFile(bench.configFile, "edited by hand\n");
  await bench.applier.reloadFiles(bench.signal, ["a request"]);
  assert.equal(await bench.apply(serving(2)), "by a reload");
});

test("an aborted signal changes nothing", async (bench) => {
  await bench.begin(serving(1));
  const base = await bench.applier.base();
  const plan = planUpdate(base.files, serving(1, 2), base.haproxy);
  assert.equal(plan.kind, "runtime");
  const aborted = AbortSignal.abort(new Error("stopped"));
  await assert.rejects(bench.applier.apply(plan, serving(1, 2), base, aborted), { message: "stopped" });
  assert.deepEqual([bench.takeSteps(), await bench.serversIn(bench.configFile)], [[], "s1"]);
});

test("changes and reloads on request wait for each other", async (bench) => {
  await bench.begin(serving(1));
  const base = await bench.applier.base();
  const plan = planUpdate(base.files, serving(1, 2), base.haproxy);
  await Promise.all([
    bench.applier.reloadFiles(bench.signal, ["a request"]),
    bench.applier.apply(plan, serving(1, 2), base, bench.signal),
  ]);
  assert.deepEqual(bench.takeSteps(), ["reload, file s1", "forget", "+s2, file s1"]);
});
