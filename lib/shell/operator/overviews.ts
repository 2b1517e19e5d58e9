import { makeOverview, type Overview } from "../../core/api/overview.ts";
import type { AppVerdict } from "../../core/explain/verdict.ts";
import type { World } from "../../core/explain/world.ts";
import type { Change } from "../../core/status/timeline.ts";
import { type Clock, notNeeded } from "../system/clock.ts";
import { coalesce, inSlices } from "../system/turns.ts";

export interface OverviewsOptions {
  /** What there is to explain; the same object as long as nothing is new, undefined before the first synchronisation. */
  readonly world: () => World | undefined;
  /** The last changes, the newest first. */
  readonly changes: () => readonly Change[];
  readonly clock: Pick<Clock, "monotonic" | "sleep">;
  /** Whether a synchronisation is under way: it goes first. */
  readonly isBusy: () => boolean;
}

/** An overview, and the number of its generation. */
export interface NumberedOverview extends Overview {
  readonly generation: number;
}

/** Milliseconds that a list waits for the newest overview before it shows the one before. */
const patience = 15;

/**
 * The verdicts on all apps, for status and page. A client's question makes them, once for each generation and beside other
 * work. A change of one app costs one verdict.
 */
export class Overviews {
  readonly #options: OverviewsOptions;
  #last: NumberedOverview | undefined;
  /** The newest generation that a client asked about. */
  #generation: { readonly of?: World; readonly number: number } = { number: 0 };
  readonly #renew: () => Promise<NumberedOverview | undefined>;

  constructor(options: OverviewsOptions) {
    this.#options = options;
    this.#renew = coalesce(() => this.#make());
  }

  /** The newest; undefined before the first synchronisation. */
  async newest(): Promise<NumberedOverview | undefined> {
    return this.#isFresh() ? this.#last : await this.#renew();
  }

  /** The newest, or the one before where the newest takes a while. */
  async soon(): Promise<NumberedOverview | undefined> {
    const last = this.#last;
    if (!last || this.#isFresh()) return await this.newest();
    const answered = new AbortController();
    const late = this.#options.clock.sleep(patience, answered.signal).then(() => last, () => last);
    try {
      return await Promise.race([this.newest(), late]);
    } finally {
      answered.abort(notNeeded);
    }
  }

  /** The verdicts on all apps, as they are now; none before the first synchronisation. */
  async verdicts(): Promise<readonly AppVerdict[]> {
    return (await this.newest())?.entries.map(({ verdict }) => verdict) ?? [];
  }

  /** A number that grows with each world. @param world the newest */
  generation(world: World): number {
    const { of, number } = this.#generation;
    if (of !== world) this.#generation = { of: world, number: number + 1 };
    return this.#generation.number;
  }

  #isFresh(): boolean {
    return this.#last !== undefined && this.#last.world === this.#options.world();
  }

  async #make(): Promise<NumberedOverview | undefined> {
    const now = this.#options.world();
    if (!now) return undefined;
    if (this.#isFresh()) return this.#last;
    const generation = this.generation(now);
    const made = await inSlices(makeOverview(now, this.#touchedAt(), this.#last), this.#options);
    return this.#last = { ...made, generation };
  }

  /** When apps changed last, of those that the timeline names. */
  #touchedAt(): ReadonlyMap<string, number> {
    const touched = new Map<string, number>();
    for (const { at, apps } of this.#options.changes().toReversed()) {
      for (const app of apps) touched.set(app, at);
    }
    return touched;
  }
}
