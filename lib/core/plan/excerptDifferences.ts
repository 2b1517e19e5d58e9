import type { Service } from "../model/Service.ts";
import type { Chunk } from "../render/Configuration.ts";

/** First lines of the sections that begin in a piece, by its service and text: nearly all stay from one plan to the next. */
const known = new WeakMap<Service, Map<string, readonly string[]>>();

/**
 * Of two configurations what may differ, under the first lines of the sections it stands in: to tell what changed in a large
 * configuration without comparing all of it.
 */
export function excerptDifferences(before: readonly Chunk[], after: readonly Chunk[]): [string, string] {
  const sides = [
    { chunks: before, places: placesOfOthers(before, after) },
    { chunks: after, places: placesOfOthers(after, before) },
  ] as const;
  const touched = new Set(sides.flatMap(touchedSections));
  if (!isSameButPlaces(...sides) || !sides.every((side) => standsAlone(side, touched))) {
    return excerptSections(before, after);
  }
  const continued = new Set(sides.flatMap(continuedSections));
  return [excerptPlaces(sides[0], continued), excerptPlaces(sides[1], continued)];
}

/** A configuration, and the places of the pieces that the other one has nowhere. */
interface Side {
  readonly chunks: readonly Chunk[];
  readonly places: ReadonlySet<number>;
}

function placesOfOthers(chunks: readonly Chunk[], others: readonly Chunk[]): Set<number> {
  const known = new Set(others.map(({ text }) => text));
  return new Set(chunks.keys().filter((place) => !known.has(chunks[place]!.text)));
}

/** Whether the rest is the same, in the same order. */
function isSameButPlaces(one: Side, other: Side): boolean {
  const [a, b] = [one, other].map(({ chunks, places }) => chunks.filter((_, place) => !places.has(place)));
  return a!.length === b!.length && a!.every(({ text }, index) => text === b![index]!.text);
}

/** Whether each section that is touched stands once, and no other piece is in another section because of it. */
function standsAlone({ chunks, places }: Side, touched: ReadonlySet<string>): boolean {
  const seen = new Set<string>();
  for (const chunk of chunks) {
    for (const name of sectionsOf(chunk)) {
      if (!touched.has(name)) continue;
      if (seen.has(name)) return false;
      seen.add(name);
    }
  }
  return [...places].every((place) => {
    const [{ text }, next] = [chunks[place]!, chunks[place + 1]];
    // Servers are counted, and another piece of the section may have the same.
    if (!beginsSection(chunks[place]!) && /^\s*server\s/m.test(text)) return false;
    return sectionsOf(chunks[place]!).length === 0 || !next || places.has(place + 1) || beginsSection(next);
  });
}

function touchedSections(side: Side): string[] {
  return [
    ...continuedSections(side),
    ...[...side.places].flatMap((place) => sectionsOf(side.chunks[place]!)),
  ];
}

/** The sections that pieces at the places go on with, where the other side has them too. */
function continuedSections({ chunks, places }: Side): string[] {
  return [...places].filter((place) => !beginsSection(chunks[place]!))
    .map((place) => headBefore(chunks, place))
    .filter((head) => head >= 0 && !places.has(head))
    .map((head) => sectionsOf(chunks[head]!).at(-1)!);
}

/** @param continued sections that only their first lines are told of, where no piece at a place stands in them */
function excerptPlaces({ chunks, places }: Side, continued: ReadonlySet<string>): string {
  let text = "";
  for (const [place, chunk] of chunks.entries()) {
    if (places.has(place)) {
      text += beginsSection(chunk) ? chunk.text : `\n${sectionBefore(chunks, place)}\n${chunk.text}`;
    } else {
      for (const name of sectionsOf(chunk)) if (continued.has(name)) text += `\n${name}\n`;
    }
  }
  return text;
}

/** Of two configurations only the sections that may differ, with all their lines. */
function excerptSections(before: readonly Chunk[], after: readonly Chunk[]): [string, string] {
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
  const head = headBefore(chunks, index);
  return head < 0 ? "" : sectionsOf(chunks[head]!).at(-1)!;
}

/** Where the chunk stands that begins the section in which this one stands; -1 where none does. */
function headBefore(chunks: readonly Chunk[], index: number): number {
  while (--index >= 0) if (sectionsOf(chunks[index]!).length > 0) break;
  return index;
}

function sectionsOf({ text, service }: Chunk): readonly string[] {
  // The pieces that all share are few.
  const own = service ? remembered(service) : new Map<string, readonly string[]>();
  let sections = own.get(text);
  if (!sections) {
    // Without the flag m, which makes it several times as slow.
    sections = (text.match(/(?:^|\n)[a-z][^\n]*/g) ?? []).map((line) => line.trimStart());
    own.set(text, sections);
  }
  return sections;
}

function remembered(service: Service): Map<string, readonly string[]> {
  let own = known.get(service);
  if (!own) known.set(service, own = new Map());
  return own;
}

function beginsSection({ text }: Chunk): boolean {
  return /^\n*[a-z]/.test(text);
}
