/** The name by which links within a page reach a heading, as GitHub makes it from the heading's text. */
export function anchor(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^\w\- ]/g, "").replaceAll(" ", "-");
}

/** A list in Markdown, one item for each text. */
export function bulletList(items: readonly string[]): string {
  return items.map((item) => `- ${wrapText(item, 2)}`).join("\n");
}

/**
 * A block of code in Markdown, without the empty lines around the code and the common indentation that a formatter
 * would remove.
 */
export function codeBlock(language: string, code: string): string {
  const lines = code.replace(/^(?:[ \t]*\n)+/, "").trimEnd().split("\n");
  const indents = lines.filter((line) => line.trim() !== "").map((line) => line.search(/\S/));
  const shared = Math.min(...indents);
  return ["```" + language, ...lines.map((line) => line.slice(shared)), "```"].join("\n");
}

/** Flags, variables, paths, addresses and other words with signs that prose does not use. */
const codeLike =
  /(^|[\s(])('\*'|--[a-z][a-z-]*|\$[A-Z_]+|https?:\/\/\S*[^\s.,;)]|\/[\w/.-]*\w|[A-Z]+:[A-Z]+|\w*[_{]\S*[^\s.,;)])/g;

/** A text of `--help`, which is plain, with code in it marked as code. */
export function codeSpans(text: string): string {
  return text.replaceAll(
    codeLike,
    (_, before: string, code: string) => `${before}\`${code.replaceAll("'", "")}\``,
  );
}

/** The line width of the project's formatter, which wraps Markdown too. */
const lineWidth = 110;

/** Words, in which code and links stay whole: no line break goes into them. */
const words = /(?:`[^`]*`|\[[^\]]*\]\([^)]*\)|[^\s`])+/g;

/**
 * Breaks a text into lines as the formatter does, so that it has nothing to change.
 *
 * @param indent width of what stands before each line: a list's bullet before the first, blanks before the others
 */
export function wrapText(text: string, indent = 0): string {
  const lines: string[] = [];
  for (const [word] of text.matchAll(words)) {
    const line = lines.at(-1);
    if (line !== undefined && indent + line.length + 1 + word.length <= lineWidth) {
      lines[lines.length - 1] = `${line} ${word}`;
    } else lines.push(word);
  }
  return lines.join(`\n${" ".repeat(indent)}`);
}
