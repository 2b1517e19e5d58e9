/** What to request from Marathon: all apps, with the reason, or some by their ids. */
export type FetchPlan =
  | { readonly kind: "all"; readonly reason: string }
  | { readonly kind: "some"; readonly ids: readonly string[] };

export interface FetchPlannerOptions {
  /** False with `--full-fetch`. */
  readonly incremental: boolean;
  /** Milliseconds after which all apps are fetched, whatever events reported. */
  readonly interval: number;
}

/** With more apps than this, and than a twentieth of all, one answer with all of them costs less. */
const many = 200;
/** Milliseconds by which an event may be later than its change. */
const grace = 5_000;

/**
 * Decides whether to fetch only the apps that events name. If a full fetch finds changes without any event, events are
 * not trusted until a full fetch finds none.
 */
export class FetchPlanner {
  readonly #options: FetchPlannerOptions;
  #fullAt: number | undefined;
  #trusted = true;
  #suspects = new Set<string>();

  constructor(options: FetchPlannerOptions) {
    this.#options = options;
  }

  /**
   * @param named ids of the apps that events named; undefined if something else than events leads to this
   * @param total how many apps there are
   * @param now milliseconds of a clock that never goes back
   */
  plan(named: ReadonlySet<string> | undefined, total: number, now: number): FetchPlan {
    const all = (reason: string): FetchPlan => ({ kind: "all", reason });
    if (!this.#options.incremental) return all("--full-fetch");
    if (this.#fullAt === undefined) return all("nothing is known yet");
    if (!named || named.size === 0) return all("it is not known which apps changed");
    if (!this.#trusted) return all("earlier changes came without an event");
    if (now - this.#fullAt >= this.#options.interval) return all("the last full fetch is long ago");
    if (named.size > many && named.size > total / 20) return all(`${named.size} apps changed`);
    return { kind: "some", ids: [...named] };
  }

  /**
   * Notes a full fetch.
   *
   * @param changed ids of the apps that changed without an event so far; it may still come
   */
  fetchedAll(changed: readonly string[], now: number): void {
    this.#fullAt = now;
    this.#trusted ||= changed.length === 0;
    this.#suspects = new Set(changed);
  }

  /**
   * The apps that the last full fetch showed to have changed without any event. Then events are not trusted until a
   * full fetch finds none. Empty while events may still come, and at a second call.
   *
   * @param named ids of the apps that events have named since
   */
  unannounced(named: ReadonlySet<string>, now: number): readonly string[] {
    const suspected = this.#suspects.size > 0;
    for (const id of named) this.#suspects.delete(id);
    // Events have named all of them by now.
    if (suspected && this.#suspects.size === 0) this.#trusted = true;
    if (this.#suspects.size === 0 || now - (this.#fullAt ?? now) < grace) return [];
    const found = [...this.#suspects];
    this.#suspects.clear();
    this.#trusted = false;
    return found;
  }

  /** Notes that an answer is missing, so that what is known may be outdated. */
  doubt(): void {
    this.#fullAt = undefined;
  }
}
