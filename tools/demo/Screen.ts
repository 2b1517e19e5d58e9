/** The part of a terminal, or of a file or pipe, that the demo writes to. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Lines that stay, and below them, on a terminal, a block that is drawn anew. */
export class Screen {
  #block: readonly string[] = [];

  constructor(readonly output: Output) {}

  get isLive(): boolean {
    return this.output.isTTY === true;
  }

  /** Writes a line that stays. */
  log(line: string): void {
    this.output.write(`${this.#erase()}${line}\n${this.#draw()}`);
  }

  /** Replaces the block; to remove it, give no lines. */
  show(block: readonly string[]): void {
    const erase = this.#erase();
    // A line that wraps would take more rows than are erased.
    const width = (this.output.columns ?? 80) - 1;
    this.#block = block.map((line) => [...line].slice(0, width).join(""));
    this.output.write(erase + this.#draw());
  }

  #erase(): string {
    return this.#block.length === 0 ? "" : `\x1b[${this.#block.length}A\x1b[J`;
  }

  #draw(): string {
    return this.#block.map((line) => `${line}\n`).join("");
  }
}
