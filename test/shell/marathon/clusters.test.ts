import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  AppList,
  type Cluster,
  compareClusters,
  emptyCluster,
  readApps,
} from "../../../lib/core/marathon/cluster.ts";
import type { AlarmReport } from "../../../lib/core/status/state.ts";
import { Clusters } from "../../../lib/shell/marathon/clusters.ts";
import { eventually } from "../../../tools/harness/eventually.ts";
import { marathonApp } from "../../core/model/support/marathonApp.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";
import { withDirectory } from "../system/withDirectory.ts";

function clusterOf(...ids: string[]): Cluster {
  const list = new AppList();
  readApps({ apps: ids.map((id) => marathonApp({ id })) }, list);
  return list.cluster();
}

/** A Marathon that a test changes. */
class FakeMarathon {
  readonly asked: (string[] | "all")[] = [];
  apps: Cluster | Error | "hangs";
  #last: Cluster = emptyCluster;

  constructor(...ids: string[]) {
    this.apps = clusterOf(...ids);
  }

  readonly source = {
    unready: () => [],
    fetch: async (named: ReadonlySet<string> | undefined, signal: AbortSignal) => {
      this.asked.push(named ? [...named] : "all");
      const { apps } = this;
      if (apps === "hangs") {
        return await new Promise<never>((_, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason), { once: true })
        );
      }
      if (apps instanceof Error) throw apps;
      const from = this.#last;
      this.#last = apps;
      return { cluster: apps, changes: compareClusters(from, apps), from, partial: named !== undefined };
    },
  };
}

class Bench {
  readonly clock = new FakeClock();
  readonly logger = new RecordingLogger();
  readonly main = new FakeMarathon("/web");
  readonly east = new FakeMarathon("/web", "/db");
  readonly changed: string[] = [];
  readonly stop = new AbortController();
  names = new Map<string, string>();
  alarms: readonly AlarmReport[] = [];
  readonly opened: Clusters[] = [];
  clusters: Clusters;

  constructor(readonly directory: string) {
    this.clusters = this.open();
  }

  open(): Clusters {
    const clusters = new Clusters(
      [{ source: this.main.source }, { name: "east", source: this.east.source }],
      {
        keepIn: this.directory,
        idle: 300_000,
        massRemovalDelay: 10_000,
        alarmAfter: 5_000,
        clock: this.clock,
        logger: this.logger,
        incumbents: () => Promise.resolve({ names: this.names }),
        changed: (reason) => this.changed.push(reason),
        alarm: (reports) => this.alarms = reports,
      },
    );
    this.opened.push(clusters);
    return clusters;
  }

  async ids(): Promise<string[]> {
    const reading = this.clusters.fetch(undefined, this.stop.signal);
    // A cluster that hangs is waited for in vain.
    const done = reading.then(() => true, () => true);
    let isDone = false;
    done.then(() => isDone = true);
    await eventually(async () => {
      if (!isDone) await this.clock.advance(500);
      return isDone;
    });
    return [...(await reading).cluster.apps.keys()];
  }
}

function test(name: string, run: (bench: Bench) => Promise<void>): void {
  Deno.test(`--cluster: ${name}`, () =>
    withDirectory(async (directory) => {
      const bench = new Bench(directory);
      try {
        await run(bench);
      } finally {
        bench.stop.abort(new Error("the test is over"));
        for (const { members } of bench.opened) for (const member of members) await member.settle();
      }
    }));
}

const both = ["/web", "/east:web", "/east:db"];

test("all clusters are one, and only a start asks them here", async (bench) => {
  assert.deepEqual(await bench.ids(), both);
  assert.deepEqual(await bench.ids(), both);
  assert.deepEqual([bench.main.asked, bench.east.asked], [["all"], ["all"]]);
});

test("each is asked in its own loop: by its ids, and after a failure with its own pauses", async (bench) => {
  await bench.ids();
  const [main, east] = bench.clusters.members;
  const following = Promise.all(bench.clusters.members.map((member) => member.follow(bench.stop.signal)));
  bench.east.apps = "hangs";
  east!.loop.tick("an event", "/db");
  bench.main.apps = clusterOf("/web", "/new");
  main!.loop.tick("an event", "/new");
  await eventually(() => bench.changed.some((reason) => reason === "--marathon (an event)"));
  assert.deepEqual(await bench.ids(), ["/web", "/new", "/east:web", "/east:db"]);
  assert.deepEqual(bench.main.asked.at(-1), ["/new"]);
  await eventually(async () => {
    await bench.clock.advance(1);
    return bench.east.asked.length === 2;
  });
  assert.deepEqual(bench.east.asked.at(-1), ["/db"]);
  bench.stop.abort(new Error("stopped"));
  await following;
});

test("one that is away keeps its last good apps, with an alarm in time, and without it again", async (bench) => {
  await bench.ids();
  const east = bench.clusters.members[1]!;
  const following = east.follow(bench.stop.signal);
  bench.east.apps = new Error("Marathon did not answer");
  east.loop.tick("an event");
  await eventually(async () => {
    await bench.clock.advance(100);
    return bench.alarms.length > 0;
  });
  assert.ok(bench.clock.monotonic() >= 5_000, "not before --health-after");
  assert.deepEqual(bench.alarms.map(({ subject }) => subject), ["--cluster east"]);
  assert.match(bench.alarms[0]!.message, /Marathon did not answer; its last good apps stay in service$/);
  assert.deepEqual(await bench.ids(), both);
  bench.east.apps = clusterOf("/db");
  await eventually(async () => {
    await bench.clock.advance(100);
    return bench.alarms.length === 0;
  });
  assert.deepEqual(await bench.ids(), ["/web", "/east:db"]);
  bench.stop.abort(new Error("stopped"));
  await following;
});

test("an answer that removes nearly everything of one is held back until a second one", async (bench) => {
  await bench.ids();
  const east = bench.clusters.members[1]!;
  const following = east.follow(bench.stop.signal);
  bench.east.apps = emptyCluster;
  east.loop.tick("an event");
  await eventually(() =>
    bench.logger.lines.some((line) => /east: its answer removes nearly everything/.test(line))
  );
  assert.deepEqual(await bench.ids(), both);
  const began = bench.clock.monotonic();
  await eventually(async () => {
    await bench.clock.advance(100);
    return (await bench.ids()).length === 1;
  });
  assert.ok(bench.clock.monotonic() - began >= 10_000);
  bench.stop.abort(new Error("stopped"));
  await following;
});

for (const how of ["fails", "hangs"] as const) {
  test(`at a restart one that ${how} has the copy of its last good apps`, async (bench) => {
    await bench.ids();
    for (const member of bench.clusters.members) await member.settle();
    assert.deepEqual((await readdir(bench.directory)).sort(), [
      ".marathon-apps-east.json",
      ".marathon-apps.json",
    ]);
    bench.east.apps = how === "hangs" ? how : new Error("Marathon did not answer");
    bench.clusters = bench.open();
    assert.deepEqual(await bench.ids(), both);
    assert.match(
      bench.logger.lines.join("\n"),
      /--cluster east: it has not answered yet; serving its last good apps/,
    );
  });
}

test("without a copy, one that is away at the start is left out if HAProxy serves nothing of it", async (bench) => {
  bench.east.apps = new Error("Marathon did not answer");
  bench.names = new Map([["web_10001", "/web"]]);
  assert.deepEqual(await bench.ids(), ["/web"]);
  assert.match(
    bench.logger.lines.join("\n"),
    /--cluster east: Marathon did not answer; serving the apps of the other/,
  );
});

test("without a copy, one that is away at the start keeps the files on disk if they serve its apps", async (bench) => {
  bench.east.apps = new Error("Marathon did not answer");
  bench.names = new Map([["web_10001", "/web"], ["east:web_10001", "east:web"]]);
  await assert.rejects(
    bench.ids(),
    /--cluster east: Marathon did not answer; HAProxy serves its apps from the files/,
  );
});

test("a copy that cannot be read is reported, and as if it were not there", async (bench) => {
  bench.east.apps = new Error("Marathon did not answer");
  await writeFile(join(bench.directory, ".marathon-apps-east.json"), "{");
  assert.deepEqual(await bench.ids(), ["/web"]);
  assert.match(bench.logger.lines.join("\n"), /--cluster east: the copy of its apps cannot be used/);
});

test("when none answers, the start fails with the reason of the first", async (bench) => {
  bench.main.apps = new Error("Marathon did not answer");
  bench.east.apps = new Error("no");
  await assert.rejects(bench.ids(), /^Error: --marathon: Marathon did not answer$/);
});
