import assert from "node:assert/strict";
import { mkdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Plan, RuntimePlan } from "../../../lib/core/plan/plan.ts";
import { planUpdate } from "../../../lib/core/plan/planUpdate.ts";
import { assembled, type Configuration } from "../../../lib/core/render/configuration.ts";
import { ConfigurationStore } from "../../../lib/shell/sync/store.ts";
import { readFileIfExists } from "../../../lib/shell/system/files.ts";
import type { RuntimeOutcome } from "../../../lib/shell/haproxy/runtime.ts";
import {
  Applier,
  type ApplierOptions,
  Ledger,
  type LedgerOptions,
  type Reload,
} from "../../../lib/shell/sync/applier.ts";
import type { ReloadReport, RuntimeUpdateReport } from "../../../lib/core/status/observer.ts";
import { serviceOf } from "../../core/model/support/serviceOf.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";
import { withDirectory } from "../system/withDirectory.ts";

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
  /** Set where HAProxy deletes servers: those of these that it has deleted. */
  delete: ((servers: readonly string[]) => string[]) | undefined;
  /** Called with each plan that HAProxy is to follow. */
  planned: (plan: RuntimePlan) => void = () => {};
  /** What writing files comes to. */
  write: () => void | Promise<void> = () => {};
  readonly configFile: string;
  /** How many requests to load the files have come. */
  asked = 0;
  readonly ledger: Ledger;
  readonly applier: Applier;
  readonly #options: Omit<ApplierOptions, "ledger">;
  readonly #ledgerOptions: LedgerOptions;

  constructor(directory: string) {
    this.configFile = join(directory, "haproxy.cfg");
    const note = async (what: string) =>
      void this.steps.push(`${what}, file ${await this.serversIn(this.configFile)}`);
    const store = new ConfigurationStore({
      configFile: this.configFile,
      archiveVersions: 0,
      haproxyMap: false,
      prepare: async () => await this.write(),
    });
    this.#ledgerOptions = {
      store,
      clock: this.clock,
      again: (reason) => void this.told.again.push(reason),
      asked: () => this.asked,
    };
    const abilities = { dynamicCookies: false, haproxyDir: directory };
    // deno-lint-ignore no-this-alias
    const bench = this;
    this.#options = {
      store,
      reload: async (signal) => {
        await note("reload");
        return await this.reload(signal);
      },
      runtime: {
        get abilities() {
          return { ...abilities, deletesServers: bench.delete !== undefined };
        },
        delete: (servers) => Promise.resolve(this.delete!(servers)),
        update: async (plan) => {
          await note(describePlan(plan));
          this.planned(plan);
          await this.clock.advance(4);
          return this.update();
        },
      },
      clock: this.clock,
      logger: this.logger,
      observer: {
        reloaded: (report) => void this.told.reloaded.push(report),
        runtimeUpdated: (report) => void this.told.runtimeUpdated.push(report),
        fellBack: (why) => void this.told.fellBack.push(why),
      },
      refused: () => {},
    };
    this.ledger = new Ledger(this.#ledgerOptions);
    this.applier = new Applier({ ...this.#options, ledger: this.ledger });
  }

  /** Another applier, for a HAProxy that does not run yet. */
  startingLater(): { applier: Applier; ledger: Ledger } {
    const ledger = new Ledger({ ...this.#ledgerOptions, startsLater: true });
    return { applier: new Applier({ ...this.#options, ledger }), ledger };
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
    await this.ledger.settle();
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
      await bench.ledger.settle();
    }));
}

function fullDisk(): never {
  throw new Error("Cannot write haproxy.cfg: the disk is full");
}

test("what comes first is loaded, and HAProxy reads what is in the file", async (bench) => {
  assert.equal(await bench.apply(serving(1)), "by a reload");
  assert.deepEqual(bench.takeSteps(), ["reload, file s1"]);
  assert.equal(await bench.published(), "none");
});

test("servers come and go by commands; the files follow them, and report what HAProxy has become", async (bench) => {
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

test("a reload does not wait for its reasons, which are computed when they are read", async (bench) => {
  await bench.begin(serving(1));
  const other = assembled({ ...serving(1, 2), chunks: [{ text: "global\n  maxconn 7\n" }] });
  const base = await bench.applier.base();
  const plan = planUpdate(base.files, other, base.haproxy);
  assert.ok(plan.kind === "reload");
  const late: Plan = {
    kind: "reload",
    get reasons() {
      bench.steps.push("reasons");
      return plan.reasons;
    },
  };
  await bench.applier.apply(late, other, base, bench.signal);
  assert.deepEqual(bench.takeSteps(), ["reload, file ", "reasons"]);
  assert.equal(bench.told.reloaded[0]!.reasons, plan.reasons, "the same each time");
});

test("commands that HAProxy does not follow lead to a reload, and are logged", async (bench) => {
  await bench.begin(serving(1));
  bench.update = () => ({ ok: false, commands: 3, reason: 'HAProxy answered "no" to "add server web/s2"' });
  assert.equal(await bench.apply(serving(1, 2)), "by a reload");
  assert.deepEqual(bench.takeSteps(), ["+s2, file s1", "reload, file s1,s2"]);
  const reason = 'HAProxy answered "no" to "add server web/s2"';
  assert.deepEqual(bench.told.fellBack, [reason]);
  assert.equal(bench.told.runtimeUpdated[0]!.failure, reason);
  assert.equal(bench.told.reloaded.length, 1);
  assert.deepEqual(bench.logger.lines, [
    `warning marathon_lb: Runtime commands failed, reloading HAProxy: ${reason}`,
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
  await assert.rejects(bench.apply(serving(1)), /did not load the files on disk: not now/);
  bench.reload = () => Promise.resolve({ ok: true });
  assert.equal(await bench.apply(serving(1)), "by a reload");
  assert.deepEqual(bench.takeSteps(), ["reload, file s1", "reload, file s1"]);
  assert.equal(await bench.apply(serving(1)), "nothing");
});

test("no change waits for files that are written behind the commands", async (bench) => {
  await bench.begin(serving(1));
  const written = Promise.withResolvers<void>();
  bench.write = () => written.promise;
  assert.equal(await bench.apply(serving(1, 2)), "by commands");
  assert.equal(await bench.apply(serving(2)), "by commands");
  assert.equal(await bench.apply(serving(2)), "nothing");
  assert.deepEqual(bench.takeSteps(), ["+s2, file s1", "-s1, file s1"]);
  written.resolve();
  await bench.ledger.settle();
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
  assert.deepEqual(bench.takeSteps(), ["reload, file s1,s2"]);
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
  await bench.ledger.settle();
  assert.deepEqual([await bench.serversIn(bench.configFile), await bench.published()], ["s1,s2", "s1,s2"]);
});

test("files that cannot be written behind the commands are written as soon as they can be", async (bench) => {
  await bench.begin(serving(1));
  bench.write = fullDisk;
  assert.equal(await bench.apply(serving(1, 2)), "by commands");
  assert.deepEqual(bench.takeSteps(), ["+s2, file s1"]);
  await assert.rejects(bench.ledger.settle(), /the disk is full/);
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

test("what HAProxy has become is reported as soon as it can be", async (bench) => {
  await bench.begin(serving(1));
  const obstacle = `${bench.configFile}.running.tmp`;
  await mkdir(obstacle);
  await assert.rejects(bench.applyAndSettle(serving(1, 2)), /haproxy\.cfg\.running/);
  assert.equal(await bench.serversIn(bench.configFile), "s1,s2");
  await rmdir(obstacle);
  assert.equal(await bench.applyAndSettle(serving(1, 2)), "nothing");
  assert.equal(await bench.published(), "s1,s2");
});

test("HAProxy that restarts while it was ahead of the files is brought there again", async (bench) => {
  await bench.begin(serving(1));
  bench.write = fullDisk;
  await assert.rejects(bench.applyAndSettle(serving(1, 2)), /the disk is full/);
  bench.told.again.length = 0;
  bench.ledger.started();
  assert.deepEqual(bench.told.again, ["a start of HAProxy with files that were older than what ran"]);
  bench.takeSteps();
  bench.write = () => {};
  assert.equal(await bench.apply(serving(1, 2)), "by a reload");
  assert.deepEqual(bench.takeSteps(), ["reload, file s1,s2"]);
  assert.equal(await bench.apply(serving(1, 2, 3)), "by commands");
});

test("HAProxy that restarts while the files are written is reloaded, though they are there then", async (bench) => {
  await bench.begin(serving(1));
  const written = Promise.withResolvers<void>();
  bench.write = () => written.promise;
  await bench.apply(serving(1, 2));
  bench.ledger.started();
  written.resolve();
  await bench.ledger.settle();
  bench.takeSteps();
  assert.equal(await bench.apply(serving(1, 2)), "by a reload");
  assert.deepEqual(bench.takeSteps(), ["reload, file s1,s2"]);
});

test("HAProxy that restarts with all of the files is where it was", async (bench) => {
  await bench.begin(serving(1));
  await bench.applyAndSettle(serving(1, 2));
  bench.takeSteps();
  bench.ledger.started();
  assert.equal(await bench.apply(serving(1, 2)), "nothing");
  assert.deepEqual([bench.takeSteps(), bench.told.again], [[], []]);
});

test("a failed reload still reports what HAProxy has become by commands", async (bench) => {
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

test("files that an operator has edited are replaced and loaded, not changed by commands", async (bench) => {
  await bench.begin(serving(1));
  await writeFile(bench.configFile, "edited by hand\n");
  assert.equal(await bench.apply(serving(1, 2)), "by a reload");
  assert.deepEqual(bench.takeSteps(), ["reload, file s1,s2"]);
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
  assert.deepEqual(bench.takeSteps(), ["reload, file s1", "+s2, file s1"]);
});

test("a reload for certificates waits for the files and its turn, and is recorded", async (bench) => {
  await bench.begin(serving(1));
  const written = Promise.withResolvers<void>();
  bench.write = () => written.promise;
  await bench.apply(serving(1, 2));
  bench.takeSteps();
  bench.asked = 1;
  const reloaded = bench.applier.reloadBeside(["certificates: a.pem changed"], bench.signal);
  const applied = bench.apply(serving(2));
  written.resolve();
  assert.deepEqual([await reloaded, await applied], [{ ok: true }, "by commands"]);
  assert.deepEqual(bench.takeSteps(), ["reload, file s1,s2", "-s1, file s1,s2"]);
  assert.deepEqual(bench.told.reloaded.map(({ reasons, failure }) => [reasons, failure]), [
    [["certificates: a.pem changed"], undefined],
  ]);
  assert.equal(bench.ledger.answered, 1, "a USR1 of before has what it asked for");
});

test("a reload for certificates that fails is recorded and owes nothing", async (bench) => {
  await bench.begin(serving(1));
  bench.reload = () => Promise.resolve({ ok: false, reason: "no such file" });
  const result = await bench.applier.reloadBeside(["certificates: a.pem changed"], bench.signal);
  assert.deepEqual(result, { ok: false, reason: "no such file" });
  assert.equal(bench.told.reloaded[0]!.failure, "no such file");
  assert.deepEqual([await bench.apply(serving(1)), await bench.apply(serving(1, 2))], [
    "nothing",
    "by commands",
  ]);
});

test("a reload for certificates is not made with files older than what runs", async (bench) => {
  await bench.begin(serving(1));
  bench.write = fullDisk;
  await assert.rejects(bench.applyAndSettle(serving(1, 2)), /the disk is full/);
  bench.takeSteps();
  const result = await bench.applier.reloadBeside(["certificates: a.pem changed"], bench.signal);
  assert.ok(!result.ok);
  assert.match(result.reason, /the disk is full/);
  assert.match(bench.told.reloaded[0]!.failure!, /the disk is full/);
  assert.deepEqual(bench.takeSteps(), []);
});

test("a configuration that comes before HAProxy serves is for its start, and not reloaded", async (bench) => {
  const { applier, ledger } = bench.startingLater();
  const apply = async (configuration: Configuration) => {
    const base = await applier.base();
    assert.equal(base.haproxy?.facts, undefined);
    const plan = planUpdate(base.files, configuration, base.haproxy);
    return await applier.apply(plan, configuration, base, bench.signal);
  };
  assert.equal(await apply(serving(1)), "by a reload");
  assert.equal(await apply(serving(1, 2)), "by a reload");
  assert.deepEqual(bench.takeSteps(), []);
  assert.equal(await bench.serversIn(bench.configFile), "s1,s2");
  ledger.started();
  assert.deepEqual(bench.told.again, []);
  const base = await applier.base();
  const plan = planUpdate(base.files, serving(2), base.haproxy);
  assert.equal(await applier.apply(plan, serving(2), base, bench.signal), "by commands");
  await ledger.settle();
});

/** The servers that a plan takes to be in HAProxy, but in no file. */
async function leftovers({ applier }: Bench): Promise<string[]> {
  return [...(await applier.base()).haproxy?.facts?.leftovers.keys() ?? []];
}

test("leftovers: a server that commands removed is one until it returns or HAProxy loads files", async (bench) => {
  await bench.begin(serving(1, 2));
  await bench.apply(serving(1));
  assert.deepEqual([await leftovers(bench), [...bench.ledger.resting]], [["web/s2"], ["web/s2"]]);
  await bench.apply(serving(1, 2));
  assert.deepEqual(await leftovers(bench), []);

  await bench.applyAndSettle(serving(1));
  bench.reload = () => Promise.resolve({ ok: false, reason: "not now" });
  const other = assembled({ ...serving(1), chunks: [{ text: "global\n  maxconn 7\n" }] });
  await assert.rejects(bench.apply(other), /the old one stays/);
  assert.deepEqual(await leftovers(bench), ["web/s2"], "HAProxy has loaded nothing");
  bench.reload = () => Promise.resolve({ ok: true });
  await bench.applier.reloadFiles(bench.signal, ["a request"]);
  assert.deepEqual([await leftovers(bench), [...bench.ledger.resting]], [[], []]);

  await bench.applyAndSettle(serving(2, 3));
  assert.deepEqual(await leftovers(bench), ["web/s1"]);
  bench.ledger.started();
  assert.deepEqual(await leftovers(bench), [], "another HAProxy never had it");
});

test("leftovers: commands that HAProxy does not follow leave none", async (bench) => {
  await bench.begin(serving(1, 2));
  bench.update = () => ({ ok: false, commands: 3, reason: "it answered no" });
  bench.reload = () => Promise.resolve({ ok: false, reason: "not now" });
  await assert.rejects(bench.apply(serving(1)), /the old one stays/);
  assert.deepEqual([...bench.ledger.resting].sort(), ["web/s1", "web/s2"], "all of its backend is in doubt");
  bench.reload = () => Promise.resolve({ ok: true });
  assert.equal(await bench.apply(serving(1, 2)), "by a reload");
  assert.deepEqual([await leftovers(bench), [...bench.ledger.resting]], [[], []]);
});

test("leftovers: a removed server is deleted at once, or when it has no connection any more", async (bench) => {
  const asked: string[] = [];
  let idle = ["web/s2"];
  bench.delete = (servers) => {
    asked.push(servers.join(" "));
    return servers.filter((server) => idle.includes(server));
  };
  await bench.begin(serving(1, 2, 3));
  await bench.applyAndSettle(serving(1));
  assert.deepEqual([await leftovers(bench), asked], [["web/s3"], ["web/s2 web/s3"]]);

  const stop = new AbortController();
  const done = bench.applier.followRemoved(stop.signal);
  await bench.clock.advance(1_999);
  assert.equal(asked.length, 1);
  await bench.clock.advance(1);
  assert.deepEqual([await leftovers(bench), asked.slice(1)], [["web/s3"], ["web/s3"]]);
  idle = ["web/s3"];
  await bench.clock.advance(2_000);
  assert.deepEqual([await leftovers(bench), asked.slice(2)], [[], ["web/s3"]]);
  await bench.clock.advance(10_000);
  assert.equal(asked.length, 3, "there is none left to delete");
  stop.abort();
  await done;
});

test("leftovers: a server that returns is added where it was deleted since the plan was made", async (bench) => {
  let idle = false;
  bench.delete = (servers) => idle ? [...servers] : [];
  await bench.begin(serving(1, 2));
  await bench.applyAndSettle(serving(1));
  const base = await bench.applier.base();
  const plan = planUpdate(base.files, serving(1, 2), base.haproxy);
  assert.deepEqual(plan.kind === "runtime" && plan.changes.map(({ kind }) => kind), ["return"]);

  idle = true;
  const stop = new AbortController();
  const done = bench.applier.followRemoved(stop.signal);
  await bench.clock.advance(2_000);
  stop.abort();
  await done;
  assert.deepEqual(await leftovers(bench), []);
  const given: string[][] = [];
  bench.planned = ({ changes }) => given.push(changes.map(({ kind, server }) => `${kind} ${server.name}`));
  assert.equal(await bench.applier.apply(plan, serving(1, 2), base, bench.signal), "by commands");
  assert.deepEqual(given, [["add s2"]]);
  await bench.ledger.settle();
});
