import { type Stage, type StageDurations, stages } from "../../core/status/Stage.ts";
import type { Clock } from "../clock/Clock.ts";

/** Measures the stages of one synchronisation, from its making on. */
export class StageTimer {
  readonly #clock: Clock;
  readonly #durations = Object.fromEntries(stages.map((stage) => [stage, 0])) as Record<Stage, number>;
  #stage: Stage = stages[0];
  #since: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.monotonic();
  }

  /** The stage that is under way. */
  get stage(): Stage {
    return this.#stage;
  }

  /** Ends the stage that is under way and begins another one, maybe once more. */
  begin(stage: Stage): void {
    const now = this.#clock.monotonic();
    this.#durations[this.#stage] += now - this.#since;
    this.#stage = stage;
    this.#since = now;
  }

  /** Milliseconds up to now. */
  durations(): StageDurations {
    this.begin(this.#stage);
    return { ...this.#durations };
  }
}
