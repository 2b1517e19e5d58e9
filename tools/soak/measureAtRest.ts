import process from "node:process";
import { systemClock } from "../../lib/shell/system/clock.ts";
import { pause } from "../simulated-marathon/pause.ts";
import type { Stage } from "./Act.ts";
import { haproxyProcesses, measure, type Measurement } from "./measure.ts";
import { guestApp, restingInstances, soakAppId } from "./soakApp.ts";
import { waitUntilInSync } from "./waitUntilInSync.ts";

const patience = 60_000;
const betweenLooks = 200;
/** As often as marathon-lb asks Marathon at the most. */
const betweenStirs = 100;
/** Connections that are kept open after the last request are closed by then. */
const afterTraffic = 2_000;

/**
 * Brings everything to the state in which measurements are comparable, measures, and starts the traffic again. In this
 * state there are the same apps and tasks, no faults, no traffic and no old worker.
 *
 * @throws {Error} when that state does not come within a minute
 */
export async function measureAtRest(stage: Stage, milliseconds: number): Promise<Measurement> {
  const { world, traffic, apps, signal } = stage;
  const { marathon, directory } = world;
  marathon.faults.clear();
  await marathon.settled();
  for (let index = 0; index < apps; index++) await marathon.scale(soakAppId(index), restingInstances);
  const { id } = guestApp(world.guestPort);
  if (marathon.tasks(id).length > 0) await marathon.deleteApp(id);
  await marathon.settled();
  await waitUntilInSync(stage);
  await traffic.stop();
  await systemClock.sleep(afterTraffic, signal);
  await untilNoOldWorker(directory, signal);
  const { pid } = world.marathonLb;
  const stirring = new AbortController();
  const stirred = stir(pid, AbortSignal.any([signal, stirring.signal]));
  const measurement = await measure({ pid, directory, milliseconds }).finally(() => stirring.abort());
  await stirred;
  traffic.start();
  return measurement;
}

/**
 * Makes marathon-lb look for changes where there are none, over and over. An idle process collects no garbage, so its
 * memory would show how long it was idle. The least value during steady work shows what it keeps.
 */
async function stir(pid: number, signal: AbortSignal): Promise<void> {
  while (await pause(systemClock, betweenStirs, signal)) process.kill(pid, "SIGHUP");
}

/** A master and a worker; one that stays is what the measurement is to tell of. */
async function untilNoOldWorker(directory: string, signal: AbortSignal): Promise<void> {
  const end = systemClock.monotonic() + patience;
  while ((await haproxyProcesses(directory)).length > 2 && systemClock.monotonic() < end) {
    await systemClock.sleep(betweenLooks, signal);
  }
}
