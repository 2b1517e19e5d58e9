import assert from "node:assert/strict";
import type { SimulatedMarathon } from "../../../../tools/simulated-marathon/SimulatedMarathon.ts";
import type { SimulatedMarathonOptions } from "../../../../tools/simulated-marathon/SimulatedMarathonOptions.ts";
import type { Bench } from "../../support/Bench.ts";
import type { MarathonLb } from "../../../../tools/harness/MarathonLb.ts";
import { freePort } from "../../../../tools/harness/freePort.ts";
import { Traffic } from "../../support/Traffic.ts";
import { webApp } from "../../support/webApp.ts";
import { measure, stopwatch } from "./measure.ts";

export const host = "web.test";

export interface Scene {
  readonly bench: Bench;
  readonly marathon: SimulatedMarathon;
  readonly lb: MarathonLb;
  readonly traffic: Traffic;
  /** Adds tasks to the app, and resolves once exactly Marathon's tasks answer. */
  readonly scaleBy: (tasks: number) => Promise<void>;
}

export interface SceneOptions {
  readonly marathon?: SimulatedMarathonOptions;
  readonly flags?: readonly string[];
  /** The first so many nodes of Marathon are given with `--marathon`; one by default. */
  readonly listed?: number;
  /** Apps besides the one that is asked for. */
  readonly furtherApps?: number;
}

/** Starts a Marathon with `/web`, an app of two tasks, and further ones, all settled. */
export async function startMarathon(
  bench: Bench,
  { marathon: options, furtherApps = 0 }: SceneOptions = {},
): Promise<SimulatedMarathon> {
  const marathon = await startNodes(bench, options);
  await marathon.createApp(await webApp("/web", { instances: 2, labels: { HAPROXY_0_VHOST: host } }));
  for (let number = 1; number <= furtherApps; number++) {
    await marathon.createApp(await webApp(`/more${number}`));
  }
  await marathon.settled();
  return marathon;
}

/** The nodes of a cluster have ports that follow one another: tried until some are free. */
async function startNodes(bench: Bench, options: SimulatedMarathonOptions = {}): Promise<SimulatedMarathon> {
  if (options.nodes === undefined) return await bench.startMarathon(options);
  while (true) {
    try {
      return await bench.startMarathon({ ...options, port: await freePort() });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    }
  }
}

/**
 * Lets a fault happen while clients ask for `/web`. No request may have failed, and in the end exactly Marathon's tasks
 * answer.
 */
export async function underTraffic(
  bench: Bench,
  options: SceneOptions,
  fault: (scene: Scene) => Promise<void>,
): Promise<void> {
  const marathon = await startMarathon(bench, options);
  const { flags = [], listed = 1 } = options;
  const lb = await bench.serve({ flags: [...flags, "--marathon", ...marathon.urls.slice(0, listed)] });
  await withTraffic({ bench, marathon, lb }, fault);
}

/** As {@link underTraffic}, with what runs already. */
export async function withTraffic(
  running: Pick<Scene, "bench" | "marathon" | "lb">,
  fault: (scene: Scene) => Promise<void>,
): Promise<void> {
  const { bench, marathon } = running;
  await using traffic = new Traffic(bench.http, host);
  await traffic.untilAnsweredBy(taskIds(marathon));
  await fault({ ...running, traffic, scaleBy: (tasks) => scaleBy(tasks, marathon, traffic) });
  await traffic.untilAnsweredBy(taskIds(marathon));
  await traffic[Symbol.asyncDispose]();
  measure("requests", `${traffic.answered} answered, ${traffic.failures.length} failed`);
  assert.deepEqual(traffic.failures, []);
}

async function scaleBy(tasks: number, marathon: SimulatedMarathon, traffic: Traffic): Promise<void> {
  await marathon.scale("/web", taskIds(marathon).length + tasks);
  await marathon.settled();
  const time = stopwatch();
  await traffic.untilAnsweredBy(taskIds(marathon));
  measure("a change is taken up after", time());
}

/** The ids of the tasks of `/web` that Marathon has. */
export function taskIds(marathon: SimulatedMarathon): string[] {
  return marathon.tasks("/web").map(({ id }) => String(id));
}
