import type { SimulatedMarathon } from "../../../tools/simulated-marathon/SimulatedMarathon.ts";
import type { JsonObject } from "../../../tools/simulated-marathon/JsonObject.ts";
import type { Bench, StartOptions } from "./Bench.ts";
import type { MarathonLb } from "../../../tools/harness/MarathonLb.ts";

/** What the log has of a reload: the master's notice of the new worker, before HAProxy 3.1 and since. */
export const workerStarted = /New worker .* forked|Initializing new worker/;

/** Starts a Marathon with these apps, and a marathon-lb that serves them by the time this resolves. */
export async function serveApps(
  bench: Bench,
  apps: readonly JsonObject[],
  options: StartOptions = {},
): Promise<{ marathon: SimulatedMarathon; lb: MarathonLb }> {
  const marathon = await bench.startMarathon();
  // An app with tasks brings those; the tasks of the others are simulated.
  marathon.setApps(apps.filter((app) => "tasks" in app));
  for (const app of apps) if (!("tasks" in app)) await marathon.createApp(app);
  await marathon.settled();
  return { marathon, lb: await bench.serve(options) };
}
