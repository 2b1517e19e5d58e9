/** One argument of a configuration line. */
export interface Word {
  /** The argument as HAProxy reads it: without quotes, with escapes resolved. */
  readonly text: string;
  /** Where it starts in the line, with its quotes. */
  readonly start: number;
  readonly end: number;
  /** Whether it holds an environment variable or a raw byte, so that its text is unknown here. */
  readonly opaque: boolean;
}

/** A configuration line, split. */
export interface ParsedLine {
  readonly words: readonly Word[];
  /** Why HAProxy cannot split it, where it cannot. */
  readonly problem?: string;
}

const piece =
  /(?<space>\s+)|(?<comment>#.*)|'(?<strong>[^']*)'|"(?<weak>(?:[^"\\]|\\.)*)"|\\(?<escape>x[0-9a-fA-F]{2}|.)|(?<plain>[^\s#'"\\]+|\\$)/gsy;

/**
 * Splits one line as HAProxy does since 1.6 (configuration manual, section 2.2, "Quoting and escaping"). Backslashes
 * escape outside single quotes; variables count inside double quotes only.
 */
export function parseLine(line: string): ParsedLine {
  const words: Word[] = [];
  let word: { text: string; start: number; end: number; opaque: boolean } | undefined;
  let position = 0;
  for (const match of line.matchAll(piece)) {
    position = match.index + match[0].length;
    const { space, comment, strong, weak, escape, plain } = match.groups!;
    if (space !== undefined || comment !== undefined) {
      if (word) words.push(word);
      word = undefined;
      if (comment !== undefined) break;
      continue;
    }
    word ??= { text: "", start: match.index, end: 0, opaque: false };
    word.text += strong ?? plain ?? (weak === undefined ? unescape(escape!) : unquote(weak));
    word.end = position;
    word.opaque ||= escape?.[0] === "x" || (weak !== undefined && isOpaque(weak));
  }
  if (word) words.push(word);
  if (position < line.length && line[position] !== "\n" && /['"]/.test(line[position]!)) {
    const character = position + 1 - line.search(/\S/);
    return { words, problem: `the quote that opens at character ${character} is never closed` };
  }
  return { words };
}

function unquote(text: string): string {
  return text.replace(/\\(x[0-9a-fA-F]{2}|.)/gs, (_, escape) => escape === "$" ? "$" : unescape(escape));
}

function isOpaque(weak: string): boolean {
  return weak.replace(/\\[^x]/gs, "").includes("\\x") || weak.replace(/\\./gs, "").includes("$");
}

/** Unknown escapes keep their backslash, such as `\1` and `\.` in patterns. */
function unescape(escape: string): string {
  if (/^[ \\#'"]$/.test(escape)) return escape;
  return { t: "\t", n: "\n", r: "\r" }[escape] ?? `\\${escape}`;
}

/** Writes a text as one argument of a configuration line: bare where possible, else in quotes. */
export function quoteWord(text: string): string {
  if (/^[\w.,:;%/@=+()-]+$/.test(text)) return text;
  return text.includes("'") ? `"${text.replace(/["\\$]/g, "\\$&")}"` : `'${text}'`;
}
