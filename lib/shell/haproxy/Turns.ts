/** Lets one thing happen after the other, in the order in which they were asked for, whether they succeed or not. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves or rejects as `action` does, which begins when everything before it has ended. */
  take<Result>(action: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(action, action);
    this.#last = turn.catch(() => {/* whoever takes the turn is told */});
    return turn;
  }
}
