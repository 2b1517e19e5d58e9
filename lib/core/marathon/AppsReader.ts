import type { Problem } from "../problem/Problem.ts";
import type { App } from "./App.ts";
import type { Cluster } from "./Cluster.ts";
import { readAppValue } from "./readAppValue.ts";
import { readApps } from "./readApps.ts";

const beginning = /^\s*\{\s*"apps"\s*:\s*\[/;
/** So many bytes tell whether an answer begins as a list of apps. */
const enough = 256;

/**
 * Reads the answer of `GET /v2/apps?embed=apps.tasks` piece by piece and keeps no more of it than one app at a time:
 * for ten thousand apps the whole would be tens of megabytes of text, and a multiple of that as objects.
 */
export class AppsReader {
  readonly #known: ReadonlyMap<string, App>;
  readonly #decoder = new TextDecoder();
  readonly #apps = new Map<string, App>();
  readonly #problems = new Map<string, Problem>();
  #state: "beginning" | "apps" | "rest" | "other" = "beginning";
  /** What was read and not used yet. */
  #pending: Uint8Array[] = [];
  #depth = 0;
  #inText = false;
  #escaped = false;
  #count = 0;
  /** How many bytes were read. */
  bytes = 0;

  /** @param known apps as they were before: those that say the same are kept as the objects they were */
  constructor(known: ReadonlyMap<string, App> = new Map()) {
    this.#known = known;
  }

  /** @throws {SyntaxError} when what came so far is no JSON */
  feed(piece: Uint8Array): void {
    this.bytes += piece.length;
    if (this.#state === "apps") return this.#scan(piece);
    this.#pending.push(piece);
    if (this.#state !== "beginning") return;
    const text = this.#takePending();
    const [begin] = beginning.exec(this.#decoder.decode(text.subarray(0, enough))) ?? [];
    if (begin === undefined) {
      this.#pending.push(text);
      // Its members may stand in another order: then it is read as a whole.
      if (text.length >= enough) this.#state = "other";
      return;
    }
    this.#state = "apps";
    this.#scan(text.subarray(begin.length));
  }

  /**
   * The apps, when all is read.
   *
   * @throws {SyntaxError} when it is no JSON
   * @throws {TypeError} when it is no list of apps
   */
  end(): Cluster {
    if (this.#state === "apps") throw new SyntaxError("the answer ends in the list of apps");
    const text = this.#decoder.decode(this.#takePending());
    if (this.#state === "rest") JSON.parse(`{"apps":[${text}`);
    else {
      const { apps, problems } = readApps(JSON.parse(text));
      for (const app of apps) this.#apps.set(app.id, app);
      for (const problem of problems) this.#problems.set(problem.app, problem);
    }
    return { apps: this.#apps, problems: this.#problems };
  }

  /** Looks for the ends of apps: commas and the bracket that are in no object, list or text. */
  #scan(piece: Uint8Array): void {
    // Constants of its own and two loops in one another: this sees every byte of every answer.
    const [quote, backslash, comma] = [34, 92, 44];
    const [openBracket, closeBracket, openBrace, closeBrace] = [91, 93, 123, 125];
    const { length } = piece;
    let [start, depth, inText, index] = [0, this.#depth, this.#inText, this.#escaped ? 1 : 0];
    while (index < length) {
      if (inText) {
        while (index < length) {
          const byte = piece[index++]!;
          if (byte === quote) {
            inText = false;
            break;
          }
          if (byte === backslash) index++;
        }
        continue;
      }
      const byte = piece[index++]!;
      if (byte === quote) inText = true;
      else if (byte === openBrace || byte === openBracket) depth++;
      else if (byte === closeBrace || byte === closeBracket) {
        if (depth-- > 0) continue;
        this.#take(piece.subarray(start, index - 1), true);
        this.#state = "rest";
        this.#pending.push(piece.slice(index - 1));
        return;
      } else if (byte === comma && depth === 0) {
        this.#take(piece.subarray(start, index - 1));
        start = index;
      }
    }
    this.#escaped = index > length;
    [this.#depth, this.#inText] = [depth, inText];
    // A copy: who feeds the pieces may use their memory again.
    if (start < length) this.#pending.push(piece.slice(start));
  }

  #take(end: Uint8Array, last = false): void {
    this.#pending.push(end);
    const text = this.#decoder.decode(this.#takePending());
    if (last && this.#count === 0 && text.trim() === "") return;
    this.#count++;
    const name = `app number ${this.#count} of the answer`;
    const reading = readAppValue(JSON.parse(text), this.#known, name);
    if ("app" in reading) this.#apps.set(reading.app.id, reading.app);
    else this.#problems.set(reading.problem.app, reading.problem);
  }

  #takePending(): Uint8Array {
    const pieces = this.#pending;
    this.#pending = [];
    if (pieces.length === 1) return pieces[0]!;
    const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
    let offset = 0;
    for (const piece of pieces) {
      whole.set(piece, offset);
      offset += piece.length;
    }
    return whole;
  }
}
