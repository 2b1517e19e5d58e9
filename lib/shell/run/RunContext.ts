import type { Clock } from "../clock/Clock.ts";
import type { Logger } from "../log/Logger.ts";
import type { ProcessSignals } from "./ProcessSignals.ts";

/** What a run touches of the world around it. */
export interface RunContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signals: ProcessSignals;
  /** Aborted when the run is to end. */
  readonly stopping: AbortSignal;
  /** Aborted when it is to end at once. */
  readonly killing: AbortSignal;
  /** Takes the text of `--dry`. */
  readonly print: (text: string) => Promise<void>;
}
