import process from "node:process";
import { columnsOf, fitted } from "../../core/style.ts";
import { type Clock, notNeeded } from "./clock.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The part of standard output or error that matters here. Files and pipes are no terminals. */
export interface Output {
  readonly isTTY?: boolean;
  /** Of a terminal, as it is now: it may be resized. */
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

/** Whether it is a terminal that shows colours, and the user wants them (https://no-color.org). */
export function hasColours(
  { NO_COLOR, TERM }: Environment,
  { isTTY }: Pick<Output, "isTTY"> = process.stdout,
): boolean {
  return Boolean(isTTY) && !NO_COLOR && TERM !== "dumb";
}

/** Whether lines on it can be replaced, and a person sees it. Some CI services give their jobs a terminal too. */
export function isLive({ TERM, CI }: Environment, { isTTY }: Pick<Output, "isTTY">): boolean {
  return Boolean(isTTY) && TERM !== "dumb" && !CI;
}

/** Milliseconds between two looks at what a block says. */
const interval = 250;
/** Milliseconds in which a command may end without saying what it waits for. */
const unsaid = 200;

/** What a command waits for. */
interface Wait {
  readonly what: () => string;
  readonly since: number;
}

/**
 * A terminal with lines that stay, and below them a block of lines that is redrawn as it changes. Whatever else the
 * process writes to the terminal has to pass through {@link aside}. Where it is not live there is no block, and nothing
 * is erased.
 */
export class Screen {
  #render: (() => readonly string[]) | undefined;
  readonly #waits = new Set<Wait>();
  #drawn: readonly string[] = [];
  #asides = 0;
  #timer: AbortController | undefined;
  #since = Infinity;

  constructor(
    private readonly output: Output,
    readonly isLive: boolean,
    private readonly clock: Pick<Clock, "sleep" | "monotonic">,
  ) {}

  /** Writes a line that stays. */
  log(line: string): void {
    this.output.write(`${this.#erasure()}${line}\n`);
    this.#draw();
  }

  /** Does what writes lines that stay, to this terminal or another stream: the block makes room. */
  aside<T>(work: () => T): T {
    const erasure = this.#erasure();
    if (erasure !== "") this.output.write(erasure);
    this.#asides++;
    const resume = () => {
      this.#asides--;
      this.#draw();
    };
    try {
      const result = work();
      if (result instanceof Promise) return result.finally(resume) as T;
      resume();
      return result;
    } catch (error) {
      resume();
      throw error;
    }
  }

  /** Replaces the block. The lines are asked for again and again, as they change with the time. */
  show(render: () => readonly string[]): void {
    this.#render = render;
    this.#begin();
  }

  /** Says what is under way and for how long, while it is, where that takes long enough to be read. */
  async during<T>(what: () => string, work: () => Promise<T>): Promise<T> {
    const wait = { what, since: this.clock.monotonic() };
    this.#waits.add(wait);
    this.#begin();
    try {
      return await work();
    } finally {
      this.#waits.delete(wait);
      if (this.#waits.size === 0 && this.#render === undefined) this.end();
    }
  }

  /** Erases the block. */
  end(): void {
    this.#timer?.abort(notNeeded);
    this.#timer = undefined;
    this.#render = undefined;
    this.#waits.clear();
    this.#draw();
  }

  #begin(): void {
    if (!this.isLive) return;
    this.#since = Math.min(this.#since, this.clock.monotonic());
    this.#draw();
    if (this.#timer) return;
    this.#timer = new AbortController();
    void this.#keepDrawing(this.#timer.signal);
  }

  async #keepDrawing(signal: AbortSignal): Promise<void> {
    while (true) {
      try {
        await this.clock.sleep(interval, signal);
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
      this.#draw();
    }
  }

  #lines(): readonly string[] {
    const now = this.clock.monotonic();
    const said = now - this.#since >= unsaid ? [...this.#waits] : [];
    const waits = said.map(({ what, since }) => `${what()} (${((now - since) / 1_000).toFixed(1)} s)`);
    return [...waits, ...this.#render?.() ?? []];
  }

  #draw(): void {
    if (this.#asides > 0 || !this.isLive) return;
    const block = this.#fit(this.#lines());
    if (block.join("\n") === this.#drawn.join("\n")) return;
    const text = this.#erasure() + block.map((line) => `${line}\n`).join("");
    this.#drawn = block;
    this.output.write(text);
  }

  /** Lines that wrap, or leave the terminal at its top, could not be erased. */
  #fit(lines: readonly string[]): readonly string[] {
    const { columns = 80, rows = 24 } = this.output;
    const most = Math.max(1, rows - 1);
    const shown = lines.length <= most
      ? lines
      : [...lines.slice(0, most - 1), `… and ${lines.length - most + 1} more lines`];
    return shown.map((line) => fitted(line, Math.max(1, columns - 1)));
  }

  #erasure(): string {
    if (this.#drawn.length === 0) return "";
    const { columns = 80 } = this.output;
    // A terminal that became narrower has wrapped the lines.
    const rowsOf = (line: string) => Math.max(1, Math.ceil(columnsOf(line) / Math.max(1, columns)));
    const rows = this.#drawn.reduce((sum, line) => sum + rowsOf(line), 0);
    this.#drawn = [];
    return `\r\u001b[${rows}A\u001b[J`;
  }
}
