const word = /"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)|([^\s"'\\]+)|(\s+)/gs;

/**
 * Splits a command line into its words as a POSIX shell would: quotes and backslashes are understood, nothing else
 * is. No shell ever sees it.
 *
 * @throws {SyntaxError} when a quote is not closed
 */
export function splitWords(commandLine: string): string[] {
  const words: string[] = [];
  let current: string | undefined;
  let position = 0;
  for (const match of commandLine.matchAll(word)) {
    if (match.index !== position) break;
    position += match[0].length;
    const [, double, single, escaped, plain, space] = match;
    if (space !== undefined) {
      if (current !== undefined) words.push(current);
      current = undefined;
    } else {
      current = (current ?? "") + (double?.replace(/\\(["\\$`])/g, "$1") ?? single ?? escaped ?? plain ?? "");
    }
  }
  if (position < commandLine.length) {
    throw new SyntaxError(
      `${JSON.stringify(commandLine)} has an open quote; close it, or escape it with a backslash`,
    );
  }
  if (current !== undefined) words.push(current);
  return words;
}
