import type { Clock } from "../clock/Clock.ts";
import type { HaproxyMaster } from "./HaproxyMaster.ts";
import { settlesWithin } from "./settlesWithin.ts";

/** Milliseconds that HAProxy gets to end its requests hard, before it is killed. */
const hardStopTimeout = 2_000;

export interface StopOptions {
  clock: Clock;
  /** Milliseconds that requests under way may take to end. */
  shutdownTimeout: number;
  /** Aborted, nothing is waited for any more. */
  signal: AbortSignal;
}

/**
 * Stops HAProxy: softly first, so that it takes no new connections and requests under way may end, then hard. Resolves
 * with which of them it was when no process is left.
 */
export async function stopMaster(master: HaproxyMaster, options: StopOptions): Promise<"softly" | "hard"> {
  master.signal("SIGUSR1");
  if (await settlesWithin(master.exited, options.shutdownTimeout, options)) return "softly";
  master.signal("SIGTERM");
  if (!await settlesWithin(master.exited, hardStopTimeout, options)) master.kill();
  await master.exited;
  return "hard";
}
