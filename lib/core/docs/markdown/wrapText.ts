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
