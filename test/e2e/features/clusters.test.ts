import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { eventually } from "../../../tools/harness/eventually.ts";
import { SimulatedMarathon } from "../../../tools/simulated-marathon/SimulatedMarathon.ts";
import type { Bench } from "../support/Bench.ts";
import { feature } from "../support/feature.ts";
import { webApp } from "../support/webApp.ts";

const timings = { stagingMs: 0, killGraceMs: 0, relaunchMs: 0 };

const app = async (id: string, vhost: string, more = {}) =>
  await webApp(id, { instances: 2, labels: { HAPROXY_0_VHOST: vhost }, ...more });

/** A second cluster with an app `/web` of its own. */
async function twoClusters(run: (east: SimulatedMarathon) => Promise<void>): Promise<void> {
  await using east = await SimulatedMarathon.start({ timings, servicePorts: { min: 20_001, max: 30_000 } });
  await east.createApp(await app("/web", "east.test"));
  await east.settled();
  await run(east);
}

async function main(bench: Bench): Promise<SimulatedMarathon> {
  const marathon = await bench.startMarathon({ timings });
  await marathon.createApp(await app("/web", "main.test"));
  await marathon.settled();
  return marathon;
}

/** Runs until HAProxy serves and the event stream of `--marathon` is open. */
async function serve(bench: Bench, flags: readonly string[]) {
  const lb = bench.start({ flags });
  await lb.until(/HAProxy serves/);
  await lb.until(/: Event stream of .* connected/);
  return lb;
}

/** How many of so many requests each task answers; a status where none does. */
async function hits(bench: Bench, vhost: string, count: number): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (let asked = 0; asked < count; asked++) {
    const { status, headers } = await bench.get(vhost);
    const name = String(headers["x-task-id"] ?? status);
    found[name] = (found[name] ?? 0) + 1;
  }
  return found;
}

/** All requests are answered by the tasks of this app, in turn. */
async function assertServed(
  bench: Bench,
  vhost: string,
  marathon: SimulatedMarathon,
  id = "/web",
): Promise<void> {
  const tasks = marathon.tasks(id).filter(({ state }) => state === "TASK_RUNNING").map((task) =>
    String(task.id)
  );
  assert.deepEqual(
    await hits(bench, vhost, 5 * tasks.length),
    Object.fromEntries(tasks.map((task) => [task, 5])),
  );
}

feature("--cluster: apps of two clusters with one id, each followed by its own events", async (bench) => {
  await twoClusters(async (east) => {
    const marathon = await main(bench);
    const lb = await serve(bench, ["--cluster", `east=${east.url}`]);
    await assertServed(bench, "main.test", marathon);
    await assertServed(bench, "east.test", east);
    await eventually(async () => {
      const { clusters: [shown] } = JSON.parse(await bench.ask("/_mlb_status"));
      assert.deepEqual([shown?.name, shown?.eventStream.state], ["east", "connected"]);
    });
    const config = await bench.readConfig();
    assert.match(config, /^backend web_\d+$/m);
    assert.match(config, /^backend east:web_\d+$/m);

    await east.scale("/web", 3);
    await east.settled();
    await eventually(() => assertServed(bench, "east.test", east));
    await marathon.scale("/web", 1);
    await marathon.settled();
    await eventually(() => assertServed(bench, "main.test", marathon));
    await east.deleteApp("/web");
    await east.settled();
    await eventually(async () => assert.deepEqual(await hits(bench, "east.test", 1), { "503": 1 }));
    await assertServed(bench, "main.test", marathon);
    assert.equal(lb.count(/ERROR/), 0);
  });
});

feature("--cluster: one that is away takes nothing from the others, whichever it is", async (bench) => {
  await twoClusters(async (east) => {
    const marathon = await main(bench);
    const flags = ["--cluster", `east=${east.url}`, "--health-after", "1", "--max-backoff", "1"];
    const lb = await serve(bench, flags);
    await east.stopNode(0);
    await lb.until(/--cluster east: .*did not answer/);
    for (let round = 0; round < 3; round++) {
      await marathon.killTask(String(marathon.tasks("/web")[0]!.id));
      await marathon.settled();
      await eventually(() => assertServed(bench, "main.test", marathon));
    }
    await assertServed(bench, "east.test", east);
    await eventually(async () => {
      const { alarms } = JSON.parse(await bench.ask("/_mlb_status"));
      assert.match(JSON.stringify(alarms), /cluster_away.*--cluster east/);
    });
    await east.startNode(0);
    await eventually(async () => assert.doesNotMatch(await bench.ask("/_mlb_status"), /cluster_away/));

    await marathon.stopNode(0);
    await lb.until(/: Marathon did not answer .*Reconnecting/);
    await east.scale("/web", 1);
    await east.settled();
    await eventually(() => assertServed(bench, "east.test", east));
    await assertServed(bench, "main.test", marathon);
  });
});

feature(
  "--cluster: a restart while one is away has its last good apps, and follows the other",
  async (bench) => {
    await twoClusters(async (east) => {
      const marathon = await main(bench);
      const flags = ["--cluster", `east=${east.url}`];
      const first = await serve(bench, flags);
      await bench.stop(first);
      await east.stopNode(0);
      const lb = await serve(bench, flags);
      await lb.until(/--cluster east: it has not answered yet; serving its last good apps from/);
      await assertServed(bench, "east.test", east);
      await marathon.scale("/web", 3);
      await marathon.settled();
      await eventually(() => assertServed(bench, "main.test", marathon));
      await assertServed(bench, "east.test", east);
      await east.startNode(0);
      await east.scale("/web", 1);
      await east.settled();
      await eventually(() => assertServed(bench, "east.test", east));
    });
  },
);

feature(
  "--cluster: between clusters --marathon wins a vhost and a port, and the other has a verdict",
  async (bench) => {
    await twoClusters(async (east) => {
      const marathon = await main(bench);
      const [{ port }] = (await app("/both", "both.test")).portDefinitions as [{ port: number }];
      // The one of east is the older one, and comes first by name.
      await east.createApp(await app("/a", "both.test", { servicePort: port }));
      await east.settled();
      await marathon.createApp(await app("/z", "both.test", { servicePort: port }));
      await marathon.settled();
      await serve(bench, ["--cluster", `east=${east.url}`]);
      await assertServed(bench, "both.test", marathon, "/z");
      const { excluded, warnings } = JSON.parse(await bench.ask("/_mlb_status"));
      const told = [...excluded, ...warnings].filter(({ app }) => app === "/east:a");
      assert.deepEqual(told.map(({ code }) => code).sort(), ["port-taken", "vhost-taken"]);
      assert.match(JSON.stringify(told), /taken by \/z/);
    });
  },
);

feature(
  "--cluster: an empty answer of one is held back, and the other is followed meanwhile",
  async (bench) => {
    await twoClusters(async (east) => {
      const marathon = await main(bench);
      const lb = await serve(bench, ["--cluster", `east=${east.url}`]);
      east.faults.add({ path: "/v2/apps", empty: true, times: 1 });
      lb.signal("SIGHUP");
      await lb.until(/--cluster east: its answer removes nearly everything \(0 apps are left\)/);
      await marathon.scale("/web", 3);
      await marathon.settled();
      await eventually(() => assertServed(bench, "main.test", marathon));
      await assertServed(bench, "east.test", east);
    });
  },
);

feature("--cluster: --dry, direct mode, explain and validate know all clusters", async (bench) => {
  await twoClusters(async (east) => {
    await main(bench);
    const flags = [...bench.flags, "--cluster", `east=${east.url}`];
    const dry = await bench.run([...flags, "--dry"]);
    assert.match(dry.output, /^backend east:web_\d+$/m);
    const explained = await bench.run(["explain", "/east:web", ...flags]);
    assert.equal(explained.code, 0, explained.output);
    assert.match(explained.output, /east\.test/);
    const file = bench.path("app.json");
    await writeFile(file, JSON.stringify(await app("/new", "east.test")));
    const validated = await bench.run(["validate", file, ...flags]);
    assert.equal(validated.code, 3, validated.output);
    assert.match(validated.output, /taken by \/east:web/);
    await east.stopNode(0);
    const refused = await bench.run([...flags, "--dry"]);
    assert.equal(refused.code, 1);
    assert.match(refused.lines.at(-1)!, /--cluster east: .*did not answer/);
  });
});
