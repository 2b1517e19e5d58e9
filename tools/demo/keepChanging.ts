import { systemClock } from "../../lib/shell/clock/systemClock.ts";
import { pause } from "../simulated-marathon/pause.ts";
import type { SimulatedMarathon } from "../simulated-marathon/SimulatedMarathon.ts";
import { demoChanges, describeChange, membersOf } from "./demoChanges.ts";

const betweenChanges = 2000;

/** Scales and redeploys the apps in turn until the signal is aborted. */
export async function keepChanging(
  marathon: SimulatedMarathon,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  for (let turn = 0; await pause(systemClock, betweenChanges, signal); turn++) {
    const change = demoChanges[turn % demoChanges.length] as typeof demoChanges[number];
    const running = marathon.tasks(change.app).length;
    try {
      await marathon.updateApp(change.app, membersOf(change));
      say(describeChange(change, running));
    } catch (error) {
      // Whoever watches may change the apps too, and be at it right now.
      say(`${describeChange(change, running)} was not possible: ${(error as Error).message}`);
    }
    await Promise.race([marathon.settled(), aborted]);
  }
}
