import { quoted } from "../text.ts";

/** A place in a text, both counted from 1; columns are UTF-16 code units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The text is not JSON. The message names what was found and expected, without the place. */
export class JsonTextError extends SyntaxError {
  override readonly name = "JsonTextError";

  constructor(message: string, readonly place: Place) {
    super(message);
  }
}

/** The value of a text of JSON, with places. */
export interface JsonText {
  readonly value: unknown;
  /**
   * The place of an object or a list of the value, or of a member's name in an object. Undefined if the text does not
   * contain it.
   */
  place(holder: object, member?: string): Place | undefined;
}

/** The greatest depth of lists and objects: more than any definition needs, and few enough for the stack. */
const deepest = 500;

/**
 * Reads JSON (RFC 8259) as `JSON.parse` does, and records the places of objects and their members. A byte order mark at
 * the beginning is skipped.
 *
 * @throws {JsonTextError} at the first mistake
 */
export function parseJsonText(text: string): JsonText {
  const parser = new Parser(text);
  const value = parser.read();
  let lines: readonly number[] | undefined;
  return {
    value,
    place(holder, member) {
      const offset = member === undefined
        ? parser.starts.get(holder)
        : parser.members.get(holder)?.get(member);
      return offset === undefined ? undefined : placeOf(lines ??= lineStarts(text), offset);
    },
  };
}

/** Offsets at which the lines of a text begin. */
function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) starts.push(end + 1);
  return starts;
}

function placeOf(starts: readonly number[], offset: number): Place {
  let [low, high] = [0, starts.length];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle;
  }
  return { line: low + 1, column: offset - starts[low]! + 1 };
}

const space = /[ \t\n\r]*/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const literals: readonly (readonly [string, unknown])[] = [["true", true], ["false", false], ["null", null]];

class Parser {
  readonly starts = new WeakMap<object, number>();
  readonly members = new WeakMap<object, ReadonlyMap<string, number>>();
  #offset = 0;
  #depth = 0;

  constructor(readonly text: string) {}

  read(): unknown {
    if (this.text.startsWith("\ufeff")) this.#offset = 1;
    const value = this.#value("a value");
    this.#skip();
    if (this.#offset < this.text.length) this.#fail("the end of the text");
    return value;
  }

  #value(expected: string): unknown {
    this.#skip();
    switch (this.text[this.#offset]) {
      case "{":
        return this.#nested(() => this.#object());
      case "[":
        return this.#nested(() => this.#list());
      case '"':
        return this.#string(expected);
    }
    for (const [word, value] of literals) if (this.#take(word)) return value;
    number.lastIndex = this.#offset;
    const [found] = number.exec(this.text) ?? [];
    if (found === undefined) this.#fail(expected);
    this.#offset += found.length;
    return Number(found);
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > deepest) this.#fail(`at most ${deepest} levels of lists and objects`);
    const value = read();
    this.#depth--;
    return value;
  }

  #object(): object {
    const start = this.#offset++;
    const entries = new Map<string, unknown>();
    const places = new Map<string, number>();
    this.#skip();
    while (!this.#take("}")) {
      if (entries.size > 0 && !this.#take(",")) this.#fail("a comma or }");
      this.#skip();
      const place = this.#offset;
      const name = this.#string('a name in quotes, such as "id"');
      this.#skip();
      if (!this.#take(":")) this.#fail(`a colon behind ${quoted(name)}`);
      entries.set(name, this.#value(`the value of ${quoted(name)}`));
      places.set(name, place);
      this.#skip();
    }
    // Not by assignment, for which `__proto__` is a special member.
    const object = Object.fromEntries(entries);
    this.starts.set(object, start);
    this.members.set(object, places);
    return object;
  }

  #list(): unknown[] {
    const start = this.#offset++;
    const list: unknown[] = [];
    this.#skip();
    while (!this.#take("]")) {
      if (list.length > 0 && !this.#take(",")) this.#fail("a comma or ]");
      list.push(this.#value("a value"));
      this.#skip();
    }
    this.starts.set(list, start);
    return list;
  }

  #string(expected: string): string {
    if (this.text[this.#offset] !== '"') this.#fail(expected);
    const start = this.#offset;
    let end = start + 1;
    for (; this.text[end] !== '"'; end++) {
      const code = this.text.charCodeAt(end);
      // Beyond the end of the text it is NaN.
      if (!(code >= 32)) {
        this.#offset = Math.min(end, this.text.length);
        this.#fail(
          Number.isNaN(code) ? "a quote that ends the text" : "an escape such as \\n in place of it",
        );
      }
      if (this.text[end] === "\\") end++;
    }
    this.#offset = end + 1;
    const literal = this.text.slice(start, this.#offset);
    try {
      return literal.includes("\\") ? JSON.parse(literal) : literal.slice(1, -1);
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause;
      const wrong = /\\(?:u(?![0-9a-fA-F]{4})|[^"\\/bfnrtu])/.exec(literal.replaceAll("\\\\", "  "));
      this.#offset = start + (wrong?.index ?? 0);
      this.#fail('one of the escapes \\" \\\\ \\/ \\b \\f \\n \\r \\t \\u and four hexadecimal digits');
    }
  }

  #take(word: string): boolean {
    if (!this.text.startsWith(word, this.#offset)) return false;
    this.#offset += word.length;
    return true;
  }

  #skip(): void {
    space.lastIndex = this.#offset;
    this.#offset += space.exec(this.text)![0].length;
  }

  #fail(expected: string): never {
    const rest = this.text.slice(this.#offset, this.#offset + 20).split("\n")[0]!;
    const found = this.#offset >= this.text.length
      ? "the text ends"
      : `found ${quoted(/^\w+|^./su.exec(rest)?.[0] ?? "\n")}`;
    throw new JsonTextError(`${found}; expected ${expected}`, placeOf(lineStarts(this.text), this.#offset));
  }
}
