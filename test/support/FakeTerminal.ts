/** A terminal that shows what was written to it, with the escape sequences that this program uses and no others. */
export class FakeTerminal {
  readonly isTTY = true;
  columns: number;
  readonly rows: number;
  /** Everything that was written, piece by piece. */
  readonly written: string[] = [];
  #lines: string[][] = [[]];
  #row = 0;
  #column = 0;

  constructor({ columns = 80, rows = 24 } = {}) {
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): void {
    this.written.push(text);
    // deno-lint-ignore no-control-regex
    for (const [piece, count, how] of text.matchAll(/\u001b\[(\d*)([A-Za-z])|[^\u001b]/gu)) {
      if (how === undefined) this.#take(piece);
      else this.#control(how, Number(count));
    }
  }

  /** What it shows, up to the last line with a character. */
  get lines(): string[] {
    const lines = this.#lines.map((line) => Array.from(line, (character) => character ?? " ").join(""));
    while (lines.at(-1)?.trim() === "") lines.pop();
    return lines;
  }

  /** Makes it as narrow as that. Like most terminals, it wraps what no longer fits. */
  narrow(columns: number): void {
    const above = this.#lines.slice(0, this.#row);
    const wrapped = above.flatMap((line) => {
      const pieces = [];
      for (let at = 0; at === 0 || at < line.length; at += columns) pieces.push(line.slice(at, at + columns));
      return pieces;
    });
    this.columns = columns;
    this.#lines = [...wrapped, ...this.#lines.slice(this.#row)];
    this.#row = wrapped.length;
  }

  #control(how: string, count: number): void {
    if (how === "A") {
      if (count > this.#row) throw new Error("the cursor would leave the terminal at its top");
      this.#row -= count;
    } else if (how === "J") {
      this.#lines.length = this.#row + 1;
      this.#lines[this.#row]!.length = this.#column;
    } else if (how !== "m") throw new Error(`unknown escape sequence: ${how}`);
  }

  #take(piece: string): void {
    if (piece === "\r") this.#column = 0;
    else if (piece === "\n") this.#next();
    else {
      if (this.#column >= this.columns) this.#next();
      this.#lines[this.#row]![this.#column++] = piece;
    }
  }

  #next(): void {
    this.#column = 0;
    this.#row++;
    this.#lines[this.#row] ??= [];
  }
}
