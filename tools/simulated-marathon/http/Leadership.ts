/** Which of the nodes leads; what the nodes of one cluster agree on. */
export class Leadership {
  #leader: number | undefined = 0;
  /** Base URLs by node, such as `http://127.0.0.1:8080`; undefined while a node is stopped. */
  readonly #urls: (string | undefined)[] = [];

  get leader(): number | undefined {
    return this.#leader;
  }

  /** Of the leader; undefined without one. */
  get leaderUrl(): string | undefined {
    return this.#leader === undefined ? undefined : this.#urls[this.#leader];
  }

  lead(node: number | undefined): void {
    this.#leader = node;
  }

  /** Hands over to the next node that runs; to none when there is no other. */
  abdicate(): void {
    const old = this.#leader;
    if (old === undefined) return;
    const count = this.#urls.length;
    const others = Array.from({ length: count - 1 }, (_, i) => (old + 1 + i) % count);
    this.#leader = others.find((node) => this.#urls[node] !== undefined);
  }

  nodeStarted(node: number, url: string): void {
    this.#urls[node] = url;
    this.#leader ??= node;
  }

  nodeStopped(node: number): void {
    this.#urls[node] = undefined;
    if (this.#leader === node) this.abdicate();
  }
}
