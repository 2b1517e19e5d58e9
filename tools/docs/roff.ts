/** A line of text in roff, of which nothing is taken for a request or an escape (groff_man(7), groff_char(7)). */
export function escapeRoff(text: string): string {
  return escapeCharacters(text).replace(/^\./gm, "\\&.");
}

function escapeCharacters(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("'", "\\(aq")
    .replaceAll("`", "\\(ga")
    .replaceAll("^", "\\(ha")
    .replaceAll("~", "\\(ti")
    .replaceAll("…", "...");
}

/** Words that stand for themselves, in bold. */
export function bold(text: string): string {
  return `\\fB${escapeCharacters(text)}\\fR`;
}

/** What the reader replaces, in italics. */
export function italic(text: string): string {
  return `\\fI${escapeCharacters(text)}\\fR`;
}

/** Flags, variables and paths in a plain text, which is how the flag table is written. */
const codeLike = /(?<![\w/.])(?:--[a-z][a-z-]*|\$?[A-Z]+_[A-Z_]+|\/[\w.-]+(?:\/[\w.-]+)*(?<!\.))/g;

/**
 * Prose in Markdown as lines of roff, one for each sentence. Code and what looks like it is bold, and links are their text.
 */
export function proseToRoff(markdown: string): string {
  const text = markdown.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1");
  const parts = text.split(/`([^`]+)`/).map((part, index) => index % 2 === 1 ? bold(part) : emphasise(part));
  return parts.join("").split(/(?<=[.:]) (?=[A-Z]|\\fB)/).map(wrapLine).join("\n");
}

/** Lines of at most 80 bytes where words allow it, none of which begins as a request does. */
function wrapLine(line: string): string {
  return line.replaceAll(/(?=\S)(.{1,80})(?: |$)/g, "$1\n").trimEnd().replaceAll(/^\./gm, "\\&.");
}

function emphasise(text: string): string {
  let done = 0;
  const pieces: string[] = [];
  for (const match of text.matchAll(codeLike)) {
    pieces.push(escapeProse(text.slice(done, match.index)), bold(match[0]));
    done = match.index + match[0].length;
  }
  return [...pieces, escapeProse(text.slice(done))].join("");
}

/** Hyphens of words stay hyphens. */
function escapeProse(text: string): string {
  return escapeCharacters(text).replaceAll("\\-", "-");
}
