/**
 * A block of code in Markdown. Formatters take away empty lines around the code and the indentation that all its
 * lines share, so they are not there from the start.
 */
export function codeBlock(language: string, code: string): string {
  const lines = code.replace(/^(?:[ \t]*\n)+/, "").trimEnd().split("\n");
  const indents = lines.filter((line) => line.trim() !== "").map((line) => line.search(/\S/));
  const shared = Math.min(...indents);
  return ["```" + language, ...lines.map((line) => line.slice(shared)), "```"].join("\n");
}
