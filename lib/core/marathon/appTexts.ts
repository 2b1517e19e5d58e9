import { hash } from "node:crypto";
import type { App } from "./app.ts";

/**
 * The JSON of an app in the last answer, kept as a digest. The same text again is the same app, without reading it.
 *
 * Marathon writes the time of the last health check into each task, so the text of a quiet app changes all the time.
 * Nothing reads that time. The digest therefore leaves out the values of members named `lastSuccess`.
 */
export interface AppText {
  readonly app: App;
  /** Bytes. */
  readonly length: number;
  /** Where the times begin that the digest leaves out, in bytes from the start; each has {@link timeLength}. */
  readonly times: readonly number[];
  /** SHA-256 of the rest. Who shares a cluster with others must not be able to make two texts of one digest. */
  readonly digest: string;
}

/** The member of a health check result that changes with every check (Marathon, `HealthCheckResult`). */
const volatile = "lastSuccess";
const key = new TextEncoder().encode(`"${volatile}":"`);
/** A rare byte of the key, and its place in it. */
const [rare, rareAt] = [0x53, volatile.indexOf("S") + 1];
/** Characters of a time as Marathon writes it, such as `2026-11-01T08:10:00.000Z`. */
const timeLength = 24;
const [quote, backslash, blank] = [0x22, 0x5c, 0x20];

/** The texts of the apps of an answer, compared with those of the last answer. */
export class AppTexts {
  /** In the order of the answer. */
  readonly texts: AppText[] = [];
  readonly #last: readonly AppText[];
  /** The place in the last answer of the text that should come next. */
  #next = 0;
  /** Places in the last answer by the ids of apps, made when this answer has another order. */
  #places: ReadonlyMap<string, number> | undefined;
  /** Holds a copy of a text, in which the times are written over. */
  #scratch = new Uint8Array(16_384);

  constructor(last: readonly AppText[]) {
    this.#last = last;
  }

  /** What comes next, if nothing has changed. */
  get expected(): AppText | undefined {
    return this.#last[this.#next];
  }

  /**
   * Takes the expected text. Returns whether it is there: then the bytes begin with valid JSON that says the same, as only
   * characters within texts of it can differ.
   *
   * @param bytes as many as the text has, or more
   */
  takeSame(bytes: Uint8Array): boolean {
    const text = this.expected;
    if (!text || !text.times.every((time) => isPlain(bytes, time))) return false;
    if (this.#digest(bytes.subarray(0, text.length), text.times) !== text.digest) return false;
    this.texts.push(text);
    this.#next++;
    return true;
  }

  /**
   * Adds the text of an app that was read. It is left out where the digest would leave out something that is read: an app
   * may have a label of that name.
   *
   * @param text valid JSON of the app
   */
  add(app: App, text: Uint8Array): void {
    if (!(volatile in app.labels)) {
      const times = findTimes(text);
      this.texts.push({ app, length: text.length, times, digest: this.#digest(text, times) });
    }
    if (this.expected?.app.id !== app.id) {
      this.#places ??= new Map(this.#last.map(({ app }, place) => [app.id, place]));
    }
    const place = this.#places ? this.#places.get(app.id) : this.#next;
    if (place !== undefined) this.#next = place + 1;
  }

  #digest(bytes: Uint8Array, times: readonly number[]): string {
    const { length } = bytes;
    if (this.#scratch.length < length) this.#scratch = new Uint8Array(2 * length);
    const copy = this.#scratch.subarray(0, length);
    copy.set(bytes);
    for (const time of times) copy.fill(blank, time, time + timeLength);
    // Not `createHash`: its objects hold memory outside of V8's heap, ten thousand of them until garbage collection.
    return hash("sha256", copy, "binary");
  }
}

/**
 * Where the values of the volatile members begin. A quote within a text of JSON has a backslash in front. So the bytes of
 * the key are a whole key, or the end of one that only begins differently.
 */
function findTimes(text: Uint8Array): number[] {
  const times: number[] = [];
  for (let at = text.indexOf(rare); at >= 0; at = text.indexOf(rare, at + 1)) {
    const begin = at - rareAt;
    const end = begin + key.length;
    if (text[begin - 1] === backslash || !key.every((byte, index) => text[begin + index] === byte)) continue;
    if (text[end + timeLength] === quote && isPlain(text, end)) times.push(end);
  }
  return times;
}

/** Whether the bytes of a time are characters of a text of JSON that stand for themselves. */
function isPlain(bytes: Uint8Array, begin: number): boolean {
  for (let index = begin; index < begin + timeLength; index++) {
    const byte = bytes[index]!;
    if (byte === quote || byte === backslash || byte < blank || byte > 0x7e) return false;
  }
  return true;
}
