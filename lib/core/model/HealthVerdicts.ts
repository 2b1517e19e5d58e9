/**
 * The last known health of tasks, for answers in which Marathon leaves it out. Bounded: what was not reported for
 * longest is forgotten first.
 */
export class HealthVerdicts {
  readonly #verdicts = new Map<string, boolean>();

  /** @param capacity `--lru-cache-capacity`: should be at least the number of tasks */
  constructor(readonly capacity: number) {}

  get(taskId: string): boolean | undefined {
    const alive = this.#verdicts.get(taskId);
    if (alive !== undefined) this.#remember(taskId, alive);
    return alive;
  }

  /** Takes over the verdicts of one generation. */
  update(verdicts: ReadonlyMap<string, boolean>): void {
    for (const [taskId, alive] of verdicts) this.#remember(taskId, alive);
    for (const oldest of this.#verdicts.keys()) {
      if (this.#verdicts.size <= this.capacity) break;
      this.#verdicts.delete(oldest);
    }
  }

  #remember(taskId: string, alive: boolean): void {
    this.#verdicts.delete(taskId);
    this.#verdicts.set(taskId, alive);
  }
}
