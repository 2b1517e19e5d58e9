import { splitSections } from "./splitSections.ts";

/** How many sections a line in the log names; a new cluster would fill pages. */
const named = 5;

/** What differs between two configurations, for an operator: one phrase for each section, at most a handful. */
export function describeChanges(before: string, after: string): string[] {
  const [old, fresh] = [splitSections(before), splitSections(after)];
  const changes: string[] = [];
  for (const [section, lines] of fresh) {
    const earlier = old.get(section);
    if (!earlier) changes.push(`${section} added`);
    else if (lines.join("\n") !== earlier.join("\n")) {
      changes.push(`${section}${serverChanges(earlier, lines)} changed`);
    }
  }
  for (const section of old.keys()) if (!fresh.has(section)) changes.push(`${section} removed`);

  if (changes.length === 0) return ["the order or layout of the configuration changed"];
  if (changes.length <= named) return changes;
  return [...changes.slice(0, named), `${changes.length - named} more`];
}

function serverChanges(before: readonly string[], after: readonly string[]): string {
  const [old, fresh] = [before, after].map((lines) =>
    new Set(lines.filter((line) => /^\s*server\s/.test(line)))
  );
  const added = [...fresh!].filter((line) => !old!.has(line)).length;
  const removed = [...old!].filter((line) => !fresh!.has(line)).length;
  return added + removed === 0 ? "" : ` (+${added} -${removed} servers)`;
}
