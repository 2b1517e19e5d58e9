/** What to ask Marathon for: all apps, with the reason, or some by their ids. */
export type FetchPlan =
  | { readonly kind: "all"; readonly reason: string }
  | { readonly kind: "some"; readonly ids: readonly string[] };

export interface FetchPlannerOptions {
  /** False with `--full-fetch`. */
  readonly incremental: boolean;
  /** Milliseconds after which all apps are fetched, whatever events have said. */
  readonly interval: number;
}

/** With more apps than this, and a twentieth of all, one answer with all of them is the cheaper question. */
const many = 200;
/** Milliseconds that an event may come later than what it tells of. */
const grace = 5_000;

/**
 * Decides whether the apps that events name are enough to ask for. When a full fetch finds changes of which
 * no event told, events are not trusted until one finds none.
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
   * @param named ids of the apps that events were about; undefined where something else than events asks
   * @param total how many apps there are
   * @param now milliseconds of a clock that never goes back
   */
  plan(named: ReadonlySet<string> | undefined, total: number, now: number): FetchPlan {
    const all = (reason: string): FetchPlan => ({ kind: "all", reason });
    if (!this.#options.incremental) return all("--full-fetch");
    if (this.#fullAt === undefined) return all("nothing is known yet");
    if (!named || named.size === 0) return all("it is not known which apps changed");
    if (!this.#trusted) return all("events did not tell of every change before");
    if (now - this.#fullAt >= this.#options.interval) return all("the last full fetch is long ago");
    if (named.size > many && named.size > total / 20) return all(`${named.size} apps changed`);
    return { kind: "some", ids: [...named] };
  }

  /**
   * Notes a full fetch.
   *
   * @param changed ids of the apps that differed from before and of which no event had told yet: it may be on its way
   */
  fetchedAll(changed: readonly string[], now: number): void {
    this.#fullAt = now;
    this.#trusted ||= changed.length === 0;
    this.#suspects = new Set(changed);
  }

  /**
   * The apps in the last full fetch that had changed without any event. Events are not trusted then until a full fetch
   * finds nothing like it. Empty while events may still be on their way, and when asked once more.
   *
   * @param named ids of the apps that events have been about since
   */
  unannounced(named: ReadonlySet<string>, now: number): readonly string[] {
    const suspected = this.#suspects.size > 0;
    for (const id of named) this.#suspects.delete(id);
    // Events have told of all of them by now.
    if (suspected && this.#suspects.size === 0) this.#trusted = true;
    if (this.#suspects.size === 0 || now - (this.#fullAt ?? now) < grace) return [];
    const found = [...this.#suspects];
    this.#suspects.clear();
    this.#trusted = false;
    return found;
  }

  /** Notes that an answer is missing: what is known may be old. */
  doubt(): void {
    this.#fullAt = undefined;
  }
}
