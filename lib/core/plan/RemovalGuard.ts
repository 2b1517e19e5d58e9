import { isMassRemoval, type Served } from "./massRemoval.ts";

/**
 * Holds a configuration back that takes nearly everything away, until Marathon says the same some time later: an empty
 * answer is more often a Marathon that has lost its state than a cluster without apps.
 */
export class RemovalGuard {
  #since: number | undefined;

  /** @param delay milliseconds between the two answers; 0 holds nothing back */
  constructor(readonly delay: number) {}

  /**
   * @param running what is in service; undefined when nothing is
   * @param next what would replace it
   * @param now time in milliseconds, of a clock that never goes back
   * @returns milliseconds for which to wait with it; 0 when it may be applied
   */
  hold(running: Served | undefined, next: Served, now: number): number {
    const removal = running !== undefined && isMassRemoval(running, next);
    if (this.delay === 0 || !removal) {
      this.#since = undefined;
      return 0;
    }
    this.#since ??= now;
    const left = Math.max(0, this.#since + this.delay - now);
    if (left === 0) this.#since = undefined;
    return left;
  }
}
