/** The JSON in the code blocks of a Markdown text, parsed. */
export function jsonBlocks(markdown: string): Record<string, unknown>[] {
  return [...markdown.matchAll(/^```json\n(.*?)\n```$/gms)].map((match) => JSON.parse(match[1]!));
}
