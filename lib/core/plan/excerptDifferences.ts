import type { Chunk } from "../render/Configuration.ts";

/** First lines of the sections that begin in a chunk, by the chunk: nearly all of them stay from one plan to the next. */
const known = new WeakMap<Chunk, readonly string[]>();

/**
 * Of two configurations only the sections that may differ, with all their lines: to tell what changed in a large
 * configuration without comparing all of it.
 */
export function excerptDifferences(before: readonly Chunk[], after: readonly Chunk[]): [string, string] {
  const shorter = Math.min(before.length, after.length);
  let first = 0;
  while (first < shorter && before[first]!.text === after[first]!.text) first++;
  let behind = 0;
  while (behind < shorter - first && before.at(-1 - behind)!.text === after.at(-1 - behind)!.text) behind++;

  const differing = new Set<string>();
  const inPlace = before.length === after.length;
  for (const [chunks, others] of [[before, after], [after, before]] as const) {
    let section = sectionBefore(chunks, first);
    for (let index = first; index < chunks.length - behind; index++) {
      const chunk = chunks[index]!;
      const own = sectionsOf(chunk);
      // What begins no section may belong to another one than before.
      if (!beginsSection(chunk)) differing.add(section);
      const same = inPlace && beginsSection(chunk) && chunk.text === others[index]!.text;
      if (!same) own.forEach((name) => differing.add(name));
      section = own.at(-1) ?? section;
    }
    if (behind > 0 && !beginsSection(chunks.at(-behind)!)) differing.add(section);
  }
  return [excerpt(before, differing), excerpt(after, differing)];
}

function excerpt(chunks: readonly Chunk[], differing: ReadonlySet<string>): string {
  let text = "";
  let section = "";
  for (const chunk of chunks) {
    const own = sectionsOf(chunk);
    if (differing.has(section) && !beginsSection(chunk) || own.some((name) => differing.has(name))) {
      text += beginsSection(chunk) ? chunk.text : `\n${section}\n${chunk.text}`;
    }
    section = own.at(-1) ?? section;
  }
  return text;
}

/** The section that a chunk goes on with, where it begins none. */
function sectionBefore(chunks: readonly Chunk[], index: number): string {
  while (--index >= 0) {
    const name = sectionsOf(chunks[index]!).at(-1);
    if (name !== undefined) return name;
  }
  return "";
}

function sectionsOf(chunk: Chunk): readonly string[] {
  let sections = known.get(chunk);
  if (!sections) {
    // Without the flag m, which makes it several times as slow.
    sections = (chunk.text.match(/(?:^|\n)[a-z][^\n]*/g) ?? []).map((line) => line.trimStart());
    known.set(chunk, sections);
  }
  return sections;
}

function beginsSection({ text }: Chunk): boolean {
  return /^\n*[a-z]/.test(text);
}
