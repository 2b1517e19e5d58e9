import type { Random } from "./Random.ts";
import type { SoakWorld } from "./SoakWorld.ts";
import type { Traffic } from "./Traffic.ts";

/** What an act works with. */
export interface Stage {
  readonly world: SoakWorld;
  readonly random: Random;
  readonly traffic: Traffic;
  /** How many apps there are that clients ask for. */
  readonly apps: number;
  /** Aborted when the run is to end at once, with the reason. */
  readonly signal: AbortSignal;
}

/** Something that happens to marathon-lb; afterwards it has to find back by itself. */
export interface Act {
  readonly name: string;
  /** How often it happens, in proportion to the others. */
  readonly weight: number;
  /** Resolves when whatever it did wrong is over. */
  run(stage: Stage): Promise<void>;
}
