import type { Clock } from "../../lib/shell/system/clock.ts";

/** Sleeps; false when `signal` ended the sleep early, which is the end of whatever waited and no error. */
export async function pause(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  try {
    await clock.sleep(milliseconds, signal);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
