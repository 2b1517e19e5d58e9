/** A configuration as its sections: first line to the lines under it, in their order. */
export function splitSections(text: string): Map<string, readonly string[]> {
  const sections = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    if (/^[a-z]/.test(line)) {
      lines = sections.get(line) ?? [];
      sections.set(line, lines);
    } else lines.push(line);
  }
  return sections;
}
