import assert from "node:assert/strict";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import type { World } from "../../../lib/core/explain/world.ts";
import { type ClusterReading, emptyCluster } from "../../../lib/core/marathon/cluster.ts";
import type { Problem } from "../../../lib/core/problem.ts";
import type { SyncObserver } from "../../../lib/core/status/observer.ts";
import {
  findHaproxy,
  type Validate,
  validateConfiguration,
  type Validation,
} from "../../../lib/shell/haproxy/binary.ts";
import type { Reload } from "../../../lib/shell/sync/applier.ts";
import { Ledger } from "../../../lib/shell/sync/applier.ts";
import { ConfigurationStore } from "../../../lib/shell/sync/store.ts";
import { Synchroniser } from "../../../lib/shell/sync/synchroniser.ts";
import { serviceOf } from "../../core/model/support/serviceOf.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";
import { withDirectory } from "../system/withDirectory.ts";
import { configurationOf } from "./support/configurationOf.ts";

const reasons = ["a test"];
const theApps: ClusterReading = { cluster: emptyCluster, changes: [], from: emptyCluster, partial: false };
const good: Validation = { valid: true, messages: [], stage: "parse" };

/** A synchroniser for files in a directory of its own; Marathon, HAProxy and time do as the test says. */
class Bench {
  /** What happened, in order. */
  readonly steps: string[] = [];
  /** What the observer was told. */
  readonly told: { [What in "synchronised" | "failed" | "reloaded"]: Parameters<SyncObserver[What]>[0][] } = {
    synchronised: [],
    failed: [],
    reloaded: [],
  };
  /** The stages that the observer was told of; `-` where a synchronisation had ended. */
  readonly stages: string[] = [];
  readonly clock = new FakeClock();
  readonly logger = new RecordingLogger();
  readonly stop = new AbortController();
  configuration = configurationOf("new\n");
  problems: readonly Problem[] = [];
  fetchApps: (signal: AbortSignal) => Promise<ClusterReading> = () => Promise.resolve(theApps);
  validate: Validate = () => Promise.resolve(good);
  reload: Reload = () => Promise.resolve({ ok: true });
  /** How often the generator was told what is served. */
  served = 0;
  readonly #synchronisers: Record<"validating" | "not validating", Synchroniser>;

  constructor(readonly directory: string) {
    this.#synchronisers = {
      "validating": this.#create((file, signal) => {
        this.steps.push(`validate ${file.slice(directory.length + 1)}`);
        return this.validate(file, signal);
      }),
      "not validating": this.#create(undefined),
    };
  }

  #create(validate: Validate | undefined): Synchroniser {
    const store = new ConfigurationStore({
      configFile: this.configFile,
      archiveVersions: 5,
      haproxyMap: false,
    });
    return new Synchroniser({
      ledger: new Ledger({ store, clock: this.clock, again: () => {} }),
      fetchApps: (signal) => {
        this.steps.push("fetch");
        return this.fetchApps(signal);
      },
      generator: {
        generate: (reading) => {
          this.steps.push(`generate from ${reading === theApps ? "the apps" : "something else"}`);
          return Promise.resolve({ services: [], problems: this.problems, apps: 1 });
        },
        render: () => this.configuration,
        move: () => undefined,
        served: () => void this.served++,
        world: (configuration, problems) => ({ configuration, problems }) as World,
      },
      store,
      validate,
      cleanUp: false,
      reload: async (signal) => {
        this.steps.push(`reload ${JSON.stringify(await this.text())}`);
        return await this.reload(signal);
      },
      massRemovalDelay: 10_000,
      clock: this.clock,
      logger: this.logger,
      observer: {
        synchronised: (report) => this.told.synchronised.push(report),
        failed: (failure) => this.told.failed.push(failure),
        entered: (stage) => this.stages.push(stage ?? "-"),
        reloaded: (report) => this.told.reloaded.push(report),
        runtimeUpdated: () => assert.fail("there is nothing that takes runtime commands"),
        fellBack: () => assert.fail("there is nothing to fall back from"),
      },
    });
  }

  get configFile(): string {
    return join(this.directory, "haproxy.cfg");
  }

  text(): Promise<string> {
    return readFile(this.configFile, "utf8");
  }

  async outcome(how: "validating" | "not validating" = "validating"): Promise<string> {
    return (await this.#synchronisers[how].synchronise({ reasons }, this.stop.signal)).outcome;
  }

  world(): World | undefined {
    return this.#synchronisers.validating.world();
  }

  reloadFiles(): Promise<void> {
    return this.#synchronisers.validating.reloadFiles(this.stop.signal);
  }

  /** The steps and the lines since the last call. */
  takeSteps(): string[] {
    return this.steps.splice(0);
  }
  takeLines(): string[] {
    return this.logger.lines.splice(0);
  }
}

function test(name: string, run: (bench: Bench) => Promise<void>): void {
  Deno.test(`Synchroniser: ${name}`, () => withDirectory((directory) => run(new Bench(directory))));
}

const fetched = ["fetch", "generate from the apps"];
const refused: Validate = () =>
  Promise.resolve({
    valid: false,
    stage: "parse",
    messages: [
      { severity: "warning", message: "a trifle" },
      { severity: "alert", file: "/staged/haproxy.cfg", line: 3, message: "unknown keyword 'x'" },
      { severity: "alert", message: "no such file" },
    ],
  });

test("the first configuration is validated, put in place and loaded", async (bench) => {
  assert.equal(await bench.outcome(), "applied");
  assert.deepEqual(bench.takeSteps(), [...fetched, "validate .staged/haproxy.cfg", 'reload "new\\n"']);
  assert.deepEqual(await readdir(bench.directory), ["haproxy.cfg"]);
  assert.deepEqual(bench.takeLines(), [
    "info marathon_lb: Applied in 0.00 s (1 apps, 0 services), triggered by a test: " +
    "there was no configuration",
  ]);
});

test("nothing is done when the files say so already", async (bench) => {
  await writeFile(bench.configFile, "new\n");
  assert.equal(await bench.outcome(), "nothing");
  assert.deepEqual(bench.takeSteps(), fetched);
  assert.deepEqual(await readdir(bench.directory), ["haproxy.cfg"]);
  assert.deepEqual(bench.takeLines(), [
    "debug marathon_lb: Nothing to do (1 apps, 0 services), triggered by a test",
  ]);
});

test("a change says what changed and how long it took, and keeps the old file", async (bench) => {
  await writeFile(bench.configFile, "backend a\n  server s 10.0.0.1:80\n");
  bench.configuration = configurationOf("backend a\n  server s 10.0.0.2:80\n");
  bench.reload = async () => {
    await bench.clock.advance(1_234);
    return { ok: true };
  };
  assert.equal(await bench.outcome(), "applied");
  assert.deepEqual(bench.takeLines(), [
    "info marathon_lb: Applied in 1.23 s (1 apps, 0 services), triggered by a test: " +
    "backend a (+1 -1 servers) changed",
  ]);
  assert.match(await readFile(join(bench.directory, "archive", "haproxy.cfg.1"), "utf8"), /10\.0\.0\.1/);
});

test("what is served is reported once it is, and not what HAProxy does not load", async (bench) => {
  await writeFile(bench.configFile, "backend a\n  server s 10.0.0.1:80\n");
  bench.configuration = configurationOf("backend none\n");
  bench.reload = () => Promise.resolve({ ok: false, reason: "it is broken" });
  await assert.rejects(bench.outcome(), /it is broken/);
  bench.configuration = configurationOf("");
  assert.equal(await bench.outcome(), "held");
  bench.validate = refused;
  bench.configuration = configurationOf("backend other\n");
  await assert.rejects(bench.outcome(), /HAProxy refuses/);
  assert.equal(bench.served, 0);
  bench.configuration = configurationOf("backend a\n  server s 10.0.0.1:80\n");
  assert.equal(await bench.outcome(), "nothing");
  assert.equal(bench.served, 1);
});

test("a map alone is a change", async (bench) => {
  await writeFile(bench.configFile, "new\n");
  await writeFile(join(bench.directory, "domain2backend.map"), "left from earlier\n");
  assert.equal(await bench.outcome(), "applied");
  assert.match(bench.takeLines()[0]!, /: domain2backend\.map changed$/);
  assert.equal(await bench.outcome(), "nothing");
});

test("a refused configuration touches nothing and says why", async (bench) => {
  await writeFile(bench.configFile, "old\n");
  bench.validate = refused;
  await assert.rejects(bench.outcome(), {
    message:
      "HAProxy refuses the new configuration, the running configuration stays: line 3: unknown keyword 'x'; no such file",
  });
  assert.deepEqual(bench.takeSteps(), [...fetched, "validate .staged/haproxy.cfg"]);
  assert.equal(await bench.text(), "old\n");
  assert.deepEqual(await readdir(bench.directory), ["haproxy.cfg"]);
});

test("says in HAProxy's own words what is wrong", async (bench) => {
  const { path } = await findHaproxy(undefined, { env: process.env, signal: bench.stop.signal });
  bench.validate = (file, signal) => validateConfiguration(path, file, { env: {}, signal });
  bench.configuration = configurationOf("global\n  nonsense 1\n");
  await assert.rejects(
    bench.outcome(),
    /^Error: HAProxy refuses the new configuration, the running configuration stays: line 2: unknown keyword 'nonsense' in 'global' section/,
  );
  assert.deepEqual(await readdir(bench.directory), []);
});

test("a validation that cannot be made leaves nothing staged", async (bench) => {
  bench.validate = () => Promise.reject(new Error("HAProxy is gone"));
  await assert.rejects(bench.outcome(), /HAProxy is gone/);
  assert.deepEqual(await readdir(bench.directory), []);
});

test("--skip-validation: HAProxy is not asked", async (bench) => {
  bench.validate = refused;
  assert.equal(await bench.outcome("not validating"), "applied");
  assert.deepEqual(bench.takeSteps(), [...fetched, 'reload "new\\n"']);
});

test("a failed reload restores the old files, and is retried", async (bench) => {
  await writeFile(bench.configFile, "old\n");
  bench.reload = () => Promise.resolve({ ok: false, reason: "port 80 is taken" });
  const message = "HAProxy did not load the new configuration, the old one stays: port 80 is taken";
  for (let attempt = 0; attempt < 3; attempt++) {
    await assert.rejects(bench.outcome(), { message });
    assert.equal(await bench.text(), "old\n");
  }
  assert.deepEqual(await readdir(join(bench.directory, "archive")), ["haproxy.cfg.1"]);
  bench.reload = () => Promise.resolve({ ok: true });
  assert.equal(await bench.outcome(), "applied");
  assert.equal(await bench.text(), "new\n");
});

test("a reload that failed with nothing to go back to is still owed", async (bench) => {
  bench.reload = () => Promise.resolve({ ok: false, reason: "not now" });
  await assert.rejects(bench.outcome(), /not now/);
  assert.equal(await bench.text(), "new\n");
  await assert.rejects(bench.outcome(), /not now/);
  bench.reload = () => Promise.resolve({ ok: true });
  bench.takeSteps();
  assert.equal(await bench.outcome(), "applied");
  assert.deepEqual(bench.takeSteps(), [...fetched, "validate .staged/haproxy.cfg", 'reload "new\\n"']);
  assert.equal(await bench.outcome(), "nothing");
});

test("while HAProxy is down the new files stay for its next start", async (bench) => {
  await writeFile(bench.configFile, "old, and HAProxy cannot start with it\n");
  bench.reload = () => Promise.resolve({ ok: false, reason: "HAProxy is not running", down: true });
  await assert.rejects(
    bench.outcome(),
    /^Error: The new configuration is in place for the next start of HAProxy/,
  );
  assert.equal(await bench.text(), "new\n");
  bench.reload = () => Promise.resolve({ ok: true });
  assert.equal(await bench.outcome(), "applied", "it is still owed");
  assert.equal(await bench.outcome(), "nothing");
});

test("an answer that takes everything away is held until another one agrees", async (bench) => {
  await writeFile(bench.configFile, "backend a\n  server s 10.0.0.1:80\n");
  bench.configuration = configurationOf("global\n");
  assert.equal(await bench.outcome(), "held");
  assert.match(await bench.text(), /^backend a/);
  assert.match(bench.takeLines().join(), /removes nearly everything .* in 10 s \(--mass-removal-delay\)/);
  await bench.clock.advance(10_000);
  assert.equal(await bench.outcome(), "applied");
  assert.equal(await bench.text(), "global\n");
});

test("the world for explanations has what is in service, since when problems are there, and an answer that is held", async (bench) => {
  const problem: Problem = { code: "label-ignored", severity: "warning", app: "/a", message: "/a: why" };
  assert.equal(bench.world(), undefined);
  const text = "backend a\n  server s 10.0.0.1:80\n";
  const first = {
    ...configurationOf(text),
    chunks: [{ text, service: serviceOf(), backend: true as const }],
  };
  bench.configuration = first;
  bench.problems = [problem];
  assert.equal(await bench.outcome(), "applied");
  const began = bench.clock.now();
  await bench.clock.advance(5_000);
  bench.problems = [{ ...problem }, { ...problem, app: "/b", message: "/b: why" }];
  bench.configuration = configurationOf("global\n");
  assert.equal(await bench.outcome(), "held");
  const world = bench.world()!;
  assert.equal(world.configuration, first);
  assert.deepEqual(world.held, { since: began + 5_000 });
  assert.deepEqual([...world.since!], [["/a: why", began], ["/b: why", began + 5_000]]);
  await bench.clock.advance(10_000);
  assert.equal(await bench.outcome(), "applied");
  assert.equal(bench.world()!.held, undefined);
  assert.equal(bench.world()!.since!.get("/a: why"), began);
});

test("reports to the observer how long each stage took, what changed and what is served", async (bench) => {
  await writeFile(bench.configFile, "backend a\n");
  const service = serviceOf({ appId: "/web" });
  const text = "backend b\n";
  bench.configuration = { ...configurationOf(text), chunks: [{ text, service }, { text: "", service }] };
  bench.problems = [{ code: "app-unreadable", severity: "excluded", app: "/a", message: "/a is left out" }];
  bench.fetchApps = async () => {
    await bench.clock.advance(70);
    return theApps;
  };
  bench.validate = async () => {
    await bench.clock.advance(300);
    return good;
  };
  bench.reload = async () => {
    await bench.clock.advance(50);
    return { ok: true };
  };
  await bench.outcome();
  const changes = ["backend b added", "backend a removed"];
  const [report] = bench.told.synchronised;
  assert.deepEqual(report, {
    reasons,
    outcome: "applied",
    how: "reload",
    changes,
    touched: [],
    apps: 1,
    services: [service],
    problems: bench.problems,
    unfinished: false,
    heldFor: 0,
    durations: { fetch: 70, generate: 0, validate: 300, apply: 50 },
  });
  assert.deepEqual(bench.told.reloaded, [{ reasons: changes, milliseconds: 50, failure: undefined }]);
  assert.equal(await bench.outcome(), "nothing");
  assert.deepEqual(bench.told.synchronised[1]!.changes, []);
  assert.deepEqual([bench.told.reloaded.length, bench.told.failed.length], [1, 0]);
});

test("reports to the observer in which stage it failed", async (bench) => {
  const failed = async (arrange: () => void) => {
    arrange();
    await assert.rejects(bench.outcome());
    const { stage, message } = bench.told.failed.at(-1)!;
    return `${stage}: ${message}`;
  };
  assert.equal(
    await failed(() => bench.reload = () => Promise.resolve({ ok: false, reason: "not now" })),
    "apply: HAProxy did not load the new configuration, the old one stays: not now",
  );
  assert.deepEqual(bench.told.reloaded, [
    { reasons: ["there was no configuration"], milliseconds: 0, failure: "not now" },
  ]);
  await rm(bench.configFile);
  assert.match(await failed(() => bench.validate = refused), /^validate: HAProxy refuses/);
  const refusing = () => Promise.reject(new Error("refused"));
  assert.equal(await failed(() => bench.fetchApps = refusing), "fetch: refused");
  assert.deepEqual(bench.told.synchronised, []);
});

test("reports to the observer which stage is under way, until it has succeeded or failed", async (bench) => {
  await bench.outcome();
  assert.deepEqual(bench.stages.splice(0), ["fetch", "generate", "validate", "apply", "-"]);
  bench.fetchApps = () => Promise.reject(new Error("refused"));
  await assert.rejects(bench.outcome());
  assert.deepEqual(bench.stages, ["fetch", "-"]);
});

test("files that HAProxy is going to start with are no reload", async (bench) => {
  bench.reload = () => Promise.resolve({ ok: true, later: true });
  assert.equal(await bench.outcome(), "applied");
  assert.deepEqual(bench.told.reloaded, []);
});

test("files that are asked for are validated and loaded as they are", async (bench) => {
  await writeFile(bench.configFile, "edited\n");
  await bench.reloadFiles();
  assert.deepEqual(bench.takeSteps(), ["validate haproxy.cfg", 'reload "edited\\n"']);
  assert.deepEqual(bench.takeLines(), [`info marathon_lb: Reloaded ${bench.configFile} as it is on disk`]);
});

test("files that are asked for and refused are not loaded", async (bench) => {
  await writeFile(bench.configFile, "edited\n");
  bench.validate = refused;
  await assert.rejects(bench.reloadFiles(), {
    message:
      `HAProxy refuses ${bench.configFile}, the running configuration stays: line 3: unknown keyword 'x'; no such file`,
  });
  assert.deepEqual(bench.takeSteps(), ["validate haproxy.cfg"]);
});

test("a failed reload of the files is made up for by the next synchronisation", async (bench) => {
  await writeFile(bench.configFile, "new\n");
  bench.reload = () => Promise.resolve({ ok: false, reason: "not now" });
  await assert.rejects(bench.reloadFiles(), {
    message: `HAProxy did not reload ${bench.configFile}: not now`,
  });
  bench.reload = () => Promise.resolve({ ok: true });
  assert.equal(await bench.outcome(), "applied");
  assert.equal(await bench.outcome(), "nothing");
});

test("problems are logged once, also when nothing changes, and when they are resolved", async (bench) => {
  const problem: Problem = {
    code: "service-unreadable",
    severity: "excluded",
    app: "/a",
    message: "/a: service 0 is left out",
  };
  const seen: string[][] = [];
  for (const problems of [[problem], [problem], []]) {
    bench.problems = problems;
    await bench.outcome();
    seen.push(bench.takeLines().filter((line) => line.includes("/a")));
  }
  assert.deepEqual(seen, [
    ["error marathon_lb: /a: service 0 is left out"],
    [],
    ["info marathon_lb: Resolved: /a: service 0 is left out"],
  ]);
});

test("problems are logged even if HAProxy refuses the configuration", async (bench) => {
  const problem: Problem = {
    code: "label-ignored",
    severity: "warning",
    app: "/a",
    message: "/a: a strange label",
  };
  bench.problems = [problem];
  bench.validate = refused;
  await assert.rejects(bench.outcome());
  assert.deepEqual(bench.takeLines(), ["warning marathon_lb: /a: a strange label"]);
});

test("without Marathon's answer nothing is touched", async (bench) => {
  await writeFile(bench.configFile, "old\n");
  bench.fetchApps = () => Promise.reject(new Error("Marathon did not answer."));
  await assert.rejects(bench.outcome(), /^Error: Marathon did not answer\.$/);
  assert.deepEqual(bench.takeSteps(), ["fetch"]);
  assert.equal(await bench.text(), "old\n");
});

/** Never ends by itself; aborts while it is under way. */
function stopDuring(bench: Bench): (signal: AbortSignal) => Promise<never> {
  return (signal) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      bench.stop.abort(new Error("stopped"));
    });
}

const interruptions: { during: string; arrange: (bench: Bench) => void; steps: string[] }[] = [
  {
    during: "the question to Marathon",
    arrange: (bench) => bench.fetchApps = stopDuring(bench),
    steps: ["fetch"],
  },
  {
    during: "the generation",
    arrange: (bench) =>
      bench.fetchApps = () => {
        bench.stop.abort(new Error("stopped"));
        return Promise.resolve(theApps);
      },
    steps: fetched,
  },
  {
    during: "the validation",
    arrange: (bench) => {
      const forever = stopDuring(bench);
      bench.validate = (_, signal) => forever(signal);
    },
    steps: [...fetched, "validate .staged/haproxy.cfg"],
  },
  {
    during: "the reload",
    arrange: (bench) => bench.reload = stopDuring(bench),
    steps: [...fetched, "validate .staged/haproxy.cfg", 'reload "new\\n"'],
  },
];
for (const { during, arrange, steps } of interruptions) {
  test(`stopped during ${during}, the old files are there`, async (bench) => {
    await writeFile(bench.configFile, "old\n");
    arrange(bench);
    await assert.rejects(bench.outcome(), { message: "stopped" });
    assert.deepEqual(bench.takeSteps(), steps);
    assert.equal(await bench.text(), "old\n");
    assert.ok(!(await readdir(bench.directory)).includes(".staged"));
    assert.deepEqual(bench.takeLines(), []);
  });
}

test("stopped before it begins without a validation, nothing is put in place", async (bench) => {
  bench.stop.abort(new Error("stopped"));
  await assert.rejects(bench.outcome("not validating"), { message: "stopped" });
  assert.deepEqual(await readdir(bench.directory), []);
});
