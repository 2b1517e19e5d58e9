import type { Options } from "../../core/flags/Options.ts";
import type { HealthLimits } from "../../core/status/healthOf.ts";
import { syncInterval } from "./syncInterval.ts";

/** How many times in a row the synchronisation that nobody asks for may not come. */
const missed = 3;

/** What `/_mlb_health` tolerates under these options. */
export function healthLimits(options: Options): HealthLimits {
  const failing = options.healthAfter * 1000;
  return { failing, stale: Math.max(failing, missed * syncInterval(options)) };
}
