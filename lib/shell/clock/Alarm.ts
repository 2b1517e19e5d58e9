/** Ends pauses early: whatever sleeps with the signal is woken when it rings. */
export class Alarm {
  #pauses = new AbortController();

  /** Of the pauses that begin now: aborted by the next ring. */
  get signal(): AbortSignal {
    return this.#pauses.signal;
  }

  ring(): void {
    this.#pauses.abort(new Error("woken early"));
    this.#pauses = new AbortController();
  }
}
