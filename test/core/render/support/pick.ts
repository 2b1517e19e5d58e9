/** The lines that start with one of these words. */
export function pick(lines: readonly string[], ...words: string[]): string[] {
  return lines.filter((line) => words.some((word) => line.startsWith(`${word} `)));
}
