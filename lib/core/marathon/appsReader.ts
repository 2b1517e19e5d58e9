import { type App, appBytes, isAppId } from "./app.ts";
import { type AppText, AppTexts } from "./appTexts.ts";
import { AppList, type Cluster, readApps } from "./cluster.ts";

const comma = 44;
const beginning = /^\s*\{\s*"apps"\s*:\s*\[/;
/** The first bytes, which show whether an answer begins as a list of apps. */
const enough = 256;
/** The limit of an answer that begins otherwise, as it is kept as a whole. */
const mostOther = 32 * 2 ** 20;
/** The limit of what follows the list of apps: a bracket, in Marathon. */
const mostRest = 2 ** 20;

/**
 * Reads the answer of `GET /v2/apps?embed=apps.tasks` piece by piece, and keeps no more of it than one app at a time.
 * For ten thousand apps the whole would be tens of megabytes of text, and several times that as objects. Of an app with
 * more than {@link appBytes} it keeps nothing but the id. It does not parse an app whose text is that of the last answer.
 */
export class AppsReader {
  readonly #list: AppList;
  readonly #known: ReadonlyMap<string, App>;
  readonly #texts: AppTexts;
  readonly #decoder = new TextDecoder();
  #state: "beginning" | "apps" | "rest" | "other" = "beginning";
  /** Read, but not used yet. */
  #pending: Uint8Array[] = [];
  #pendingLength = 0;
  /** Not 0 while an app should come that is as before: how many bytes of it, and of what follows it, tell. */
  #awaited = 0;
  /** Set while the app that is being read is too large. */
  #finder: AppIdFinder | undefined;
  #depth = 0;
  #inText = false;
  #escaped = false;
  /** How many bytes were read. */
  bytes = 0;

  /**
   * @param known apps as they were before; equal ones stay the same objects
   * @param last the {@link texts} of the last answer
   */
  constructor(known: ReadonlyMap<string, App> = new Map(), last: readonly AppText[] = []) {
    this.#list = new AppList(known);
    this.#known = known;
    this.#texts = new AppTexts(last);
  }

  /** The texts of this answer, for the next one. None where no app was known: most programs ask once. */
  get texts(): readonly AppText[] {
    return this.#texts.texts;
  }

  /** How many apps were read. */
  get count(): number {
    return this.#list.count;
  }

  /**
   * @throws {SyntaxError} when it is not JSON so far
   * @throws {TypeError} when it is too large and not a list of apps
   */
  feed(piece: Uint8Array): void {
    this.bytes += piece.length;
    if (this.#state === "apps") return this.#readApps(piece);
    this.#hold(piece);
    if (this.#state !== "beginning") return this.#checkHeld();
    const text = this.#takePending();
    const [begin] = beginning.exec(this.#decoder.decode(text.subarray(0, enough))) ?? [];
    if (begin === undefined) {
      this.#hold(text);
      // Its members may have another order; then it is read as a whole.
      if (text.length >= enough) this.#state = "other";
      return this.#checkHeld();
    }
    this.#state = "apps";
    this.#readApps(text.subarray(begin.length));
  }

  /**
   * The apps, once everything is read.
   *
   * @throws {SyntaxError} when it is not JSON
   * @throws {TypeError} when it is not a list of apps
   */
  end(): Cluster {
    if (this.#awaited > 0) this.#readHeld();
    if (this.#state === "apps") throw new SyntaxError("the answer ends in the list of apps");
    const text = this.#decoder.decode(this.#takePending());
    if (this.#state !== "rest") readApps(JSON.parse(text), this.#list);
    else {
      // A member may occur twice in an object of JSON; the last one counts.
      const { apps } = JSON.parse(`{"apps":[0${text}`);
      if (!Array.isArray(apps) || apps[0] !== 0) {
        throw new TypeError("Marathon's answer has two lists of apps; expected one");
      }
    }
    return this.#list.cluster();
  }

  #readApps(piece: Uint8Array): void {
    let rest = piece;
    while (rest.length > 0 && this.#state === "apps") {
      if (this.#awaited > 0) {
        const missing = this.#awaited - this.#pendingLength;
        this.#hold(rest.slice(0, missing));
        rest = rest.subarray(missing);
        if (this.#pendingLength < this.#awaited) return;
        this.#awaited = 0;
        this.#readApps(this.#takePending());
      } else {
        const isBetween = this.#pendingLength === 0 && !this.#finder;
        const unknown = isBetween ? this.#takeKnown(rest) : rest;
        rest = this.#awaited > 0 ? unknown.subarray(unknown.length) : this.#scan(unknown);
      }
    }
    if (rest.length === 0) return;
    this.#hold(rest.slice());
    this.#checkHeld();
  }

  /** Reads what is held of an answer that ends before the app that was awaited. */
  #readHeld(): void {
    let rest = this.#takePending();
    while (rest.length > 0 && this.#state === "apps") rest = this.#scan(rest);
    this.#hold(rest);
  }

  /** Takes the apps at the begin that are as before. Returns the rest, which is held where it may be the next of them. */
  #takeKnown(piece: Uint8Array): Uint8Array {
    let rest = piece;
    for (let text = this.#texts.expected; text; text = this.#texts.expected) {
      if (this.#known.get(text.app.id) !== text.app) break;
      if (rest.length <= text.length) {
        this.#awaited = text.length + 1;
        this.#hold(rest.slice());
        break;
      }
      // The last app has a bracket behind it, and is read.
      if (rest[text.length] !== comma || !this.#texts.takeSame(rest)) break;
      this.#list.addKnown(text.app);
      rest = rest.subarray(text.length + 1);
    }
    return rest;
  }

  /**
   * Finds the end of the app: a comma, or the bracket, outside all objects, lists and texts. Returns what is behind it.
   */
  #scan(piece: Uint8Array): Uint8Array {
    // Local constants and two nested loops, for speed: this code reads every byte of every answer.
    const [quote, backslash] = [34, 92];
    const [openBracket, closeBracket, openBrace, closeBrace] = [91, 93, 123, 125];
    const { length } = piece;
    let [depth, inText, index] = [this.#depth, this.#inText, this.#escaped ? 1 : 0];
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
        this.#take(piece.subarray(0, index - 1), true);
        this.#state = "rest";
        return piece.subarray(index - 1);
      } else if (byte === comma && depth === 0) {
        this.#take(piece.subarray(0, index - 1));
        [this.#depth, this.#inText, this.#escaped] = [0, false, false];
        return piece.subarray(index);
      }
    }
    this.#escaped = index > length;
    [this.#depth, this.#inText] = [depth, inText];
    if (this.#finder) this.#finder.feed(piece);
    else {
      // A copy, as the source of the pieces may reuse their memory.
      this.#hold(piece.slice());
      if (this.#pendingLength > appBytes) this.#skip();
    }
    return piece.subarray(length);
  }

  /** Ends an app. @param last whether the list ends with it, and may be empty */
  #take(end: Uint8Array, last = false): void {
    this.#hold(end);
    if (this.#finder || this.#pendingLength > appBytes) {
      this.#skip();
      this.#list.addOversized(this.#finder?.id);
      this.#finder = undefined;
      return;
    }
    const bytes = this.#takePending();
    const text = this.#decoder.decode(bytes);
    if (last && this.#list.count === 0 && text.trim() === "") return;
    const app = this.#list.add(JSON.parse(text));
    if (app && this.#known.size > 0) this.#texts.add(app, bytes);
  }

  /** Searches the part that is kept of an app for its id, then drops it. */
  #skip(): void {
    this.#finder ??= new AppIdFinder();
    for (const piece of this.#pending) this.#finder.feed(piece);
    this.#pending = [];
    this.#pendingLength = 0;
  }

  #hold(piece: Uint8Array): void {
    this.#pending.push(piece);
    this.#pendingLength += piece.length;
  }

  #checkHeld(): void {
    const most = this.#state === "rest" ? mostRest : mostOther;
    if (this.#pendingLength <= most) return;
    const mebibytes = `${most / 2 ** 20} MiB`;
    throw new TypeError(
      this.#state === "rest"
        ? `Marathon's answer continues for more than ${mebibytes} behind the apps; expected {"apps": […]}`
        : `Marathon's answer does not begin with the apps and has more than ${mebibytes}; expected {"apps": […]}`,
    );
  }

  #takePending(): Uint8Array {
    const pieces = this.#pending;
    this.#pending = [];
    this.#pendingLength = 0;
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

/** How many bytes of a text are kept; a longer one is no id. */
const longest = 1_024;

/**
 * Finds the id of an app in its JSON, piece by piece: the text of the object's own member `id`, at any place. Serves
 * apps that are too large to be kept, and keeps no more than one short text.
 */
export class AppIdFinder {
  /** Undefined until it is found, and if it is not an id. */
  id: string | undefined;
  #done = false;
  #depth = 0;
  #inText = false;
  #escaped = false;
  /** Bytes of a text directly in the object, with the escapes of JSON. */
  #text: number[] = [];
  /** The name of the member whose value follows. */
  #name: string | undefined;

  feed(piece: Uint8Array): void {
    const [quote, backslash, comma, colon] = [34, 92, 44, 58];
    const [openBracket, closeBracket, openBrace, closeBrace] = [91, 93, 123, 125];
    for (const byte of piece) {
      if (this.#done) return;
      if (this.#inText) {
        if (byte === quote && !this.#escaped) this.#endText();
        else if (this.#depth === 1 && this.#text.length < longest) this.#text.push(byte);
        this.#escaped = byte === backslash && !this.#escaped;
      } else if (byte === quote) {
        this.#inText = true;
        this.#text = [];
      } else if (byte === openBrace || byte === openBracket) this.#depth++;
      else if (byte === closeBrace || byte === closeBracket) this.#depth--;
      else if (this.#depth !== 1) continue;
      else if (byte === colon) this.#name = this.#lastText();
      else if (byte === comma) this.#name = undefined;
    }
  }

  #endText(): void {
    this.#inText = false;
    if (this.#depth !== 1 || this.#name !== "id") return;
    const id = this.#lastText();
    this.#done = true;
    if (id !== undefined && isAppId(id)) this.id = id;
  }

  #lastText(): string | undefined {
    try {
      return JSON.parse(`"${new TextDecoder().decode(new Uint8Array(this.#text))}"`);
    } catch {
      // It was cut, or has an unknown escape.
      return undefined;
    }
  }
}
