import type { Chunk } from "../render/configuration.ts";

/** How many sections a log line names, as a new cluster would fill pages. */
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

/**
 * The pieces in which two configurations may differ, each under the first line of its section. They show what changed
 * in a large configuration without a comparison of all of it. Where pieces alone do not show it, both are returned
 * whole.
 */
export function excerptDifferences(before: readonly Chunk[], after: readonly Chunk[]): [string, string] {
  const sides = [sideOf(before, after), sideOf(after, before)] as const;
  const continued = [...new Set(sides.flatMap(continuedSections))];
  const touched = [
    ...new Set([
      ...continued,
      ...sides.flatMap(({ chunks, places }) => [...places].flatMap((place) => sectionsOf(chunks[place]!))),
    ]),
  ];
  const tells = touched.length <= mostTouched && isSameButPlaces(...sides) &&
    sides.every((side) => standsAlone(side, touched));
  const [old, fresh] = sides.map((side) => tells ? excerpt(side, continued) : textOf(side.chunks));
  return [old!, fresh!];
}

/** With more sections than this, a search for each of them takes longer than a comparison of all. */
const mostTouched = 20;

/** A configuration, and the places of the pieces that the other one lacks. */
interface Side {
  readonly chunks: readonly Chunk[];
  readonly places: ReadonlySet<number>;
}

function sideOf(chunks: readonly Chunk[], others: readonly Chunk[]): Side {
  const known = new Set(others.map(({ text }) => text));
  return { chunks, places: new Set(chunks.keys().filter((place) => !known.has(chunks[place]!.text))) };
}

/** Whether the rest is the same, in the same order. */
function isSameButPlaces(one: Side, other: Side): boolean {
  const [a, b] = [one, other].map(({ chunks, places }) => chunks.filter((_, place) => !places.has(place)));
  return a!.length === b!.length && a!.every(({ text }, index) => text === b![index]!.text);
}

/** Whether each touched section occurs once, and no other piece moves into another section. */
function standsAlone({ chunks, places }: Side, touched: readonly string[]): boolean {
  const text = `\n${textOf(chunks)}\n`;
  const isRepeated = (name: string) => {
    const line = `\n${name}\n`;
    return text.indexOf(line) !== text.lastIndexOf(line);
  };
  if (touched.some(isRepeated)) return false;
  return [...places].every((place) => {
    const [chunk, next] = [chunks[place]!, chunks[place + 1]];
    // The description counts servers, and another piece of the section may have an equal one.
    if (!beginsSection(chunk) && /^\s*server\s/m.test(chunk.text)) return false;
    return sectionsOf(chunk).length === 0 || !next || places.has(place + 1) || beginsSection(next);
  });
}

/** The sections that pieces at the places continue, and that the other side has too. */
function continuedSections({ chunks, places }: Side): string[] {
  return [...places].filter((place) => !beginsSection(chunks[place]!))
    .map((place) => headBefore(chunks, place))
    .filter((head) => head >= 0 && !places.has(head))
    .map((head) => sectionsOf(chunks[head]!).at(-1)!);
}

/** The pieces at the places, and in their order the first lines of the sections that a piece of either side continues. */
function excerpt({ chunks, places }: Side, continued: readonly string[]): string {
  let text = "";
  for (const [place, chunk] of chunks.entries()) {
    if (places.has(place)) {
      const head = beginsSection(chunk) ? -1 : headBefore(chunks, place);
      text += head < 0 ? chunk.text : `\n${sectionsOf(chunks[head]!).at(-1)!}\n${chunk.text}`;
    } else if (continued.some((name) => chunk.text.includes(name))) {
      for (const name of sectionsOf(chunk)) if (continued.includes(name)) text += `\n${name}\n`;
    }
  }
  return text;
}

/** The index of the chunk that begins this one's section; -1 if there is none. */
function headBefore(chunks: readonly Chunk[], index: number): number {
  while (--index >= 0) if (sectionsOf(chunks[index]!).length > 0) break;
  return index;
}

/** First lines of the sections that begin in a piece. */
function sectionsOf({ text }: Chunk): string[] {
  // Without the flag m, which would make it several times slower.
  return (text.match(/(?:^|\n)[a-z][^\n]*/g) ?? []).map((line) => line.trimStart());
}

function beginsSection({ text }: Chunk): boolean {
  return /^\n*[a-z]/.test(text);
}

function textOf(chunks: readonly Chunk[]): string {
  return chunks.map(({ text }) => text).join("");
}

/** The sections of a configuration: first line to the lines under it, in their order. */
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
