import assert from "node:assert/strict";
import { readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Cluster, emptyCluster } from "../../../lib/core/marathon/cluster.ts";
import { noIncumbents } from "../../../lib/core/model/incumbents.ts";
import type { AlarmReport } from "../../../lib/core/status/state.ts";
import { readSnapshot } from "../../../lib/core/validate/definitions.ts";
import { addStaticApps } from "../../../lib/shell/marathon/appsFile.ts";
import { fileTick, JoinedSource, StaticAppFiles } from "../../../lib/shell/marathon/staticApps.ts";
import { eventually } from "../../../tools/harness/eventually.ts";
import { marathonApp } from "../../core/model/support/marathonApp.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";
import { withDirectory } from "../system/withDirectory.ts";

const signal = new AbortController().signal;
const jsonOf = (...ids: string[]) => JSON.stringify({ apps: ids.map((id) => marathonApp({ id })) });

/** A file of `--static-apps`, and a Marathon that a test changes. */
class Bench {
  readonly clock = new FakeClock();
  readonly logger = new RecordingLogger();
  readonly changed: string[] = [];
  alarms: readonly AlarmReport[] = [];
  readonly path: string;
  files: StaticAppFiles;
  marathon: Cluster | Error = emptyCluster;
  /** What Marathon was asked for. */
  readonly asked: (readonly string[] | "all")[] = [];
  /** Names of backends on disk, with their owners. */
  names = new Map<string, string>();
  readonly source: JoinedSource;

  constructor(readonly directory: string) {
    this.path = join(directory, "db.json");
    this.files = this.open();
    this.source = new JoinedSource({
      marathon: {
        fetch: (named) => {
          this.asked.push(named ? [...named] : "all");
          if (this.marathon instanceof Error) return Promise.reject(this.marathon);
          return Promise.resolve({
            cluster: this.marathon,
            changes: [],
            from: emptyCluster,
            partial: named !== undefined,
          });
        },
      },
      files: this.files,
      incumbents: () => Promise.resolve({ ...noIncumbents, names: this.names }),
      logger: this.logger,
    });
  }

  open(): StaticAppFiles {
    return new StaticAppFiles({
      paths: [this.path],
      keepIn: this.directory,
      clock: this.clock,
      logger: this.logger,
      changed: (path) => this.changed.push(path),
      alarm: (reports) => this.alarms = reports,
    });
  }

  ids(): string[] {
    return [...this.files.apps.apps.keys()];
  }
}

function test(name: string, run: (bench: Bench) => Promise<void>): void {
  Deno.test(`--static-apps: ${name}`, () => withDirectory((directory) => run(new Bench(directory))));
}

const bad = {
  "is removed": { spoil: (path: string) => rm(path), says: /there is no file .*db\.json; check the path/ },
  "is no JSON": {
    spoil: (path: string) => writeFile(path, '{"apps": ['),
    says: /db\.json is not JSON: line 1, column \d+/,
  },
  "is empty": { spoil: (path: string) => writeFile(path, ""), says: /db\.json is not JSON/ },
  "is no list of apps": { spoil: (path: string) => writeFile(path, "3"), says: /has no apps/ },
};
for (const [what, { spoil, says }] of Object.entries(bad)) {
  test(`a file that ${what} keeps its last good apps, with an alarm, also after a restart`, async (bench) => {
    await writeFile(bench.path, jsonOf("/db"));
    assert.deepEqual(await bench.files.look(), [bench.path]);
    await spoil(bench.path);
    assert.deepEqual(await bench.files.look(), []);
    assert.deepEqual(await bench.files.look(), []);
    assert.deepEqual(bench.ids(), ["/db"]);
    assert.equal(bench.alarms.length, 1);
    assert.equal(bench.alarms[0]!.subject, bench.path);
    assert.match(bench.alarms[0]!.message, says);
    assert.match(bench.alarms[0]!.message, /; its last good apps stay in service$/);
    assert.equal(
      bench.logger.lines.filter((line) => line.startsWith("error")).length,
      1,
      "once, not at each look",
    );

    bench.files = bench.open();
    assert.deepEqual(await bench.files.look(), [bench.path]);
    assert.deepEqual(bench.ids(), ["/db"]);

    await writeFile(bench.path, jsonOf("/db", "/cache"));
    assert.deepEqual(await bench.files.look(), [bench.path]);
    assert.deepEqual([bench.ids(), bench.alarms], [["/db", "/cache"], []]);
    assert.match(bench.logger.lines.at(-1)!, /info .*db\.json is read again; it has 2 apps/);
  });
}

test("a file that was never good is an alarm, and there is nothing of it", async (bench) => {
  assert.deepEqual(await bench.files.look(), []);
  assert.match(bench.alarms[0]!.message, /; there are no last good apps of it to serve$/);
  assert.deepEqual([bench.ids(), await readdir(bench.directory)], [[], []]);
});

test("apps that say the same stay the same objects", async (bench) => {
  await writeFile(bench.path, jsonOf("/db"));
  await bench.files.look();
  const before = bench.files.apps;
  await bench.files.look();
  assert.equal(bench.files.apps, before);
  await writeFile(bench.path, jsonOf("/db", "/cache"));
  await bench.files.look();
  assert.equal(bench.files.apps.apps.get("/db"), before.apps.get("/db"));
});

test("one app, a list and a group are read as well", async (bench) => {
  const app = marathonApp({ id: "db" });
  for (
    const [value, ids] of [
      [app, ["/db"]],
      [[app, marathonApp()], ["/db", "/web"]],
      [{ id: "/legacy", apps: [app] }, ["/legacy/db"]],
    ] as const
  ) {
    await writeFile(bench.path, JSON.stringify(value));
    await bench.files.look();
    assert.deepEqual(bench.ids(), ids);
  }
});

test("a change is found by watching, also by rename", async (bench) => {
  const stop = new AbortController();
  await writeFile(bench.path, jsonOf("/db"));
  const following = bench.files.follow(stop.signal);
  await eventually(() => bench.changed.length === 1);
  const began = bench.clock.monotonic();
  await writeFile(`${bench.path}~`, jsonOf("/cache"));
  await rename(`${bench.path}~`, bench.path);
  await eventually(async () => {
    await bench.clock.advance(10);
    return bench.changed.length === 2;
  });
  assert.deepEqual(bench.ids(), ["/cache"]);
  assert.ok(bench.clock.monotonic() - began < 10_000, "found by the periodic look");
  stop.abort();
  await following;
  assert.equal(bench.clock.sleeping, 0);
});

test("a run that ends refuses a file without apps, and names it", async (bench) => {
  await assert.rejects(addStaticApps(emptyCluster, [bench.path]), /^Error: --static-apps: there is no file/);
  await writeFile(bench.path, jsonOf("/db"));
  assert.deepEqual([...(await addStaticApps(clusterOf("/web"), [bench.path])).apps.keys()], ["/web", "/db"]);
});

const clusterOf = (...ids: string[]) => readSnapshot(jsonOf(...ids)).cluster;
const summary = (
  { cluster, changes, partial, outside, failure }: Awaited<ReturnType<JoinedSource["fetch"]>>,
) => ({
  apps: [...cluster.apps.keys()],
  changes: changes.map(({ before, after }) => `${before ? after ? "" : "-" : "+"}${(after ?? before)!.id}`),
  partial,
  outside: [...outside!],
  ...failure ? { failure: failure.message } : {},
});

test("Marathon's apps and those of files are one cluster, and a file's change asks nothing of Marathon", async (bench) => {
  await writeFile(bench.path, jsonOf("/db"));
  bench.marathon = clusterOf("/web");
  assert.deepEqual(summary(await bench.source.fetch(undefined, signal)), {
    apps: ["/web", "/db"],
    changes: ["+/web", "+/db"],
    partial: false,
    outside: ["/db"],
  });
  await writeFile(bench.path, jsonOf("/cache"));
  await bench.files.look();
  assert.deepEqual(summary(await bench.source.fetch(new Set([fileTick]), signal)), {
    apps: ["/web", "/cache"],
    changes: ["+/cache", "-/db"],
    partial: true,
    outside: ["/cache", "/db"],
  });
  const same = await bench.source.fetch(new Set(["/web", fileTick]), signal);
  assert.deepEqual([same.changes, same.cluster === same.from], [[], true]);
  assert.deepEqual(bench.asked, ["all", ["/web"]]);
});

test("Marathon away: its last apps stay, files are followed, and the reading says why", async (bench) => {
  await writeFile(bench.path, jsonOf("/db"));
  bench.marathon = clusterOf("/web");
  await bench.source.fetch(undefined, signal);
  bench.marathon = new Error("Marathon did not answer");
  await writeFile(bench.path, jsonOf("/db", "/cache"));
  const { apps, changes, failure, partial } = summary(await bench.source.fetch(undefined, signal));
  assert.deepEqual([apps, changes], [["/web", "/db", "/cache"], ["+/cache"]]);
  assert.deepEqual([failure, partial], ["Marathon did not answer", true], "nothing that confirms a removal");
});

test("a file away: Marathon's changes are followed", async (bench) => {
  await writeFile(bench.path, jsonOf("/db"));
  bench.marathon = clusterOf("/web");
  await bench.source.fetch(undefined, signal);
  await rm(bench.path);
  bench.marathon = clusterOf("/web", "/new");
  assert.deepEqual(summary(await bench.source.fetch(undefined, signal)).apps, ["/web", "/new", "/db"]);
});

const starts: { name: string; disk: [string, string][]; alone: boolean }[] = [
  { name: "nothing on disk: the files alone", disk: [], alone: true },
  { name: "only apps of the files on disk: the files alone", disk: [["db_10001", "db"]], alone: true },
  {
    name: "apps of Marathon on disk: they stay, and files wait",
    disk: [["db_10001", "/db"], ["web_10001", "/web"]],
    alone: false,
  },
];
for (const { name, disk, alone } of starts) {
  test(`Marathon has never answered, ${name}`, async (bench) => {
    await writeFile(bench.path, jsonOf("/db"));
    bench.names = new Map(disk);
    bench.marathon = new Error("Marathon did not answer");
    const reading = bench.source.fetch(undefined, signal);
    if (!alone) return await assert.rejects(reading, /Marathon did not answer/);
    const { apps, failure } = summary(await reading);
    assert.deepEqual([apps, failure], [["/db"], "Marathon did not answer"]);
    // What is served alone once may also go.
    await writeFile(bench.path, "[]");
    assert.deepEqual(summary(await bench.source.fetch(undefined, signal)).apps, []);
    bench.marathon = clusterOf("/web");
    assert.deepEqual(summary(await bench.source.fetch(undefined, signal)).apps, ["/web"]);
  });
}

test("a stop is no failure of Marathon's", async (bench) => {
  await writeFile(bench.path, jsonOf("/db"));
  bench.marathon = new Error("aborted");
  await assert.rejects(bench.source.fetch(undefined, AbortSignal.abort(new Error("stopped"))), /stopped/);
});

test("an app that the file had first keeps its id when Marathon gets one", async (bench) => {
  await writeFile(bench.path, jsonOf("/web"));
  bench.marathon = emptyCluster;
  await bench.source.fetch(undefined, signal);
  bench.marathon = clusterOf("/web");
  const { cluster } = await bench.source.fetch(undefined, signal);
  assert.equal(cluster.apps.get("/web"), bench.files.apps.apps.get("/web"));
  assert.match(cluster.problems.get("/web")!.message, /the app of .*db\.json is served/);
});
