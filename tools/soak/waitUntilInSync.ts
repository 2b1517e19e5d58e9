import { systemClock } from "../../lib/shell/system/clock.ts";
import { fetchText } from "../demo/marathonLb.ts";
import type { Stage } from "./Act.ts";
import { soakAppId } from "./soakApp.ts";
import type { SoakWorld } from "./SoakWorld.ts";

/** Longer than the longest pause before something is tried again. */
const patience = 60_000;
const betweenLooks = 100;

/**
 * Resolves when HAProxy sends requests to exactly the tasks that run, of every app.
 *
 * @throws {Error} with the difference, when that takes longer than a minute; the signal's reason when that is aborted
 */
export async function waitUntilInSync(
  { world, apps, signal }: Pick<Stage, "world" | "apps" | "signal">,
): Promise<void> {
  const end = systemClock.monotonic() + patience;
  while (true) {
    const difference = await differenceOf(world, apps);
    if (difference === undefined) return;
    if (systemClock.monotonic() > end) {
      throw new Error(`HAProxy is not up to date after a minute: ${difference}`);
    }
    await systemClock.sleep(betweenLooks, signal);
  }
}

async function differenceOf(
  { admin, marathon, ports }: SoakWorld,
  apps: number,
): Promise<string | undefined> {
  const csv = await fetchText(`${admin}/haproxy?stats;csv`);
  if (csv === undefined) return "the statistics are not to be had";
  const rows = csv.split("\n").map((row) => row.split(","));
  for (let index = 0; index < apps; index++) {
    const section = `${soakAppId(index).slice(1)}_${ports.services[index]}`;
    const served = rows
      .filter(([name, server = "", ...values]) =>
        name === section && /^\d/.test(server) && !(values[statusColumn] ?? "").startsWith("MAINT")
      )
      .map(([, server = ""]) => Number(server.split("_").at(-1)));
    const running = marathon.tasks(soakAppId(index))
      .filter(({ state }) => state === "TASK_RUNNING")
      .map(({ ports }) => (ports as number[])[0] ?? 0);
    const [has, wants] = [served, running].map((ports) => ports.sort((a, b) => a - b).join(" "));
    if (has !== wants) return `${section} has the servers ${has}, and the tasks run at ${wants}`;
  }
  return undefined;
}

/** Of `status`, behind the names of section and server. */
const statusColumn = 15;
