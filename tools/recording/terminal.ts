/** What a terminal shows while a program writes to it: pure. */

/** What was written, and how many milliseconds after the start. */
export interface Written {
  readonly at: number;
  readonly text: string;
}

/** Characters of one look. */
export interface Run {
  readonly text: string;
  /** Names of `looks`, with spaces between them. */
  readonly look: string;
}

export type Line = readonly Run[];

/** The terminal at one moment. */
export interface Frame {
  /** Milliseconds after the start. */
  readonly at: number;
  /** Every line since the start; the screen ends with the last one or is not full yet. */
  readonly lines: readonly Line[];
  /** The line at the top of the screen. */
  readonly top: number;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** What Select Graphic Rendition of ECMA-48 can do to a text, by its code. */
export const looks: Readonly<Record<string, string>> = {
  1: "bold",
  2: "faint",
  31: "red",
  32: "green",
  33: "yellow",
  36: "cyan",
};

/** Control sequences, ends of lines, and text. */
// deno-lint-ignore no-control-regex -- these characters are what it looks for
const pieces = /\x1b\[(\d*)([A-Za-z])|\r|\n|[^\x1b\r\n]+|\x1b/g;

/**
 * A frame for each `interval` of milliseconds in which something changed.
 *
 * @throws {Error} for a control sequence that no demo has written yet
 */
export function framesOf(written: readonly Written[], size: Size, interval: number): Frame[] {
  const terminal = new Terminal(size);
  const frames: Frame[] = [];
  for (const { at, text } of written) {
    terminal.write(text);
    const frame = terminal.frame(Math.floor(at / interval) * interval);
    if (frames.at(-1)?.at === frame.at) frames.pop();
    if (JSON.stringify(frames.at(-1)?.lines) !== JSON.stringify(frame.lines)) frames.push(frame);
  }
  return frames;
}

/** No pause is longer than `longest` milliseconds: nothing happens on the screen while a program starts. */
export function withoutPauses(written: readonly Written[], longest: number): Written[] {
  let before = 0;
  let now = 0;
  return written.map(({ at, text }) => {
    now += Math.min(at - before, longest);
    before = at;
    return { at: now, text };
  });
}

class Terminal {
  readonly #lines: Run[][] = [[]];
  #row = 0;
  #column = 0;
  #top = 0;
  #look = "";

  constructor(readonly size: Size) {}

  frame(at: number): Frame {
    return { at, lines: this.#lines.map(joined), top: this.#top };
  }

  write(text: string): void {
    for (const [piece, count, letter] of text.matchAll(pieces)) {
      if (letter !== undefined) this.#control(piece, count!, letter);
      else if (piece === "\r") this.#column = 0;
      else if (piece === "\n") this.#moveDown();
      else if (piece === "\x1b") throw unknown(piece);
      else for (const character of piece) this.#put(character);
    }
  }

  #control(piece: string, count: string, letter: string): void {
    const line = this.#lines[this.#row]!;
    if (letter === "A") this.#row = Math.max(this.#top, this.#row - Number(count || 1));
    else if (letter === "G") this.#column = Math.max(0, Number(count) - 1);
    else if (letter === "K" && (count === "" || count === "0")) line.splice(this.#column);
    else if (letter === "K" && count === "2") line.length = 0;
    else if (letter === "J" && (count === "" || count === "0")) {
      line.splice(this.#column);
      this.#lines.length = this.#row + 1;
    } else if (letter === "m") this.#look = lookAfter(this.#look, count || "0", piece);
    else throw unknown(piece);
  }

  #put(text: string): void {
    if (this.#column === this.size.columns) {
      this.#moveDown();
      this.#column = 0;
    }
    const line = this.#lines[this.#row]!;
    while (line.length < this.#column) line.push({ text: " ", look: "" });
    line[this.#column++] = { text, look: this.#look };
  }

  #moveDown(): void {
    this.#row++;
    this.#lines[this.#row] ??= [];
    this.#top = Math.max(this.#top, this.#row - this.size.rows + 1);
  }
}

function lookAfter(look: string, code: string, piece: string): string {
  // 0 ends all of them; the others end what they are named for.
  if (["0", "22", "39"].includes(code)) return "";
  if (looks[code] === undefined) throw unknown(piece);
  return `${look} ${looks[code]}`.trim();
}

function unknown(piece: string): Error {
  const written = JSON.stringify(piece);
  return new Error(`the control sequence ${written} is not known: teach tools/recording/terminal.ts`);
}

/** Neighbours of one look are one run. Spaces at the end are not visible. */
function joined(cells: readonly Run[]): Line {
  const runs: Run[] = [];
  for (const { text, look } of cells) {
    const last = runs.at(-1);
    // A space looks the same in all of them.
    if (last !== undefined && (last.look === look || text === " ")) {
      runs[runs.length - 1] = { text: last.text + text, look: last.look };
    } else runs.push({ text, look });
  }
  const last = runs.pop();
  if (last === undefined) return [];
  const text = last.text.trimEnd();
  return text === "" ? runs : [...runs, { text, look: last.look }];
}
