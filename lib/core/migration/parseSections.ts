import { modernise } from "../directives/modernise.ts";
import { parseLine } from "../directives/parseLine.ts";
import { inheritedDifferences } from "./inheritedDifferences.ts";
import { type Directive, type Section, sectionTitle } from "./Section.ts";

/** The section keywords of HAProxy's configuration manual, chapters 2 to 12. */
const sectionKinds = new Set(
  ("global defaults frontend backend listen userlist peers resolvers mailers cache ring program http-errors " +
    "log-forward log-profile fcgi-app crt-store traces").split(" "),
);

/** A configuration as its sections, by title, in their order. */
export interface ParsedConfiguration {
  readonly sections: ReadonlyMap<string, Section>;
  /** Directives that HAProxy removed and that have no exact equivalent: the line to what to write. */
  readonly refused: ReadonlyMap<string, string>;
  /** Why no HAProxy would start with it, where that can be seen at once. */
  readonly problem?: string;
}

/**
 * Reads a configuration. Removed directives are brought to today's first, so that both spellings are the same. Of several
 * `defaults` only the first is a section; proxies that inherit from others have what these say otherwise.
 */
export function parseSections(text: string): ParsedConfiguration {
  const { text: modern, replaced, refused } = modernise(text.replaceAll("\r\n", "\n"));
  const originals = new Map(replaced.flatMap(({ line, by }) => by.split("\n").map((part) => [part, line])));
  const sections = new Map<string, Section>();
  const heirs: { section: Section; from: readonly Directive[] }[] = [];
  const within: string[] = [];
  let current: Section | undefined;
  let defaults: Directive[] = [];
  let problem: string | undefined;
  for (const line of modern.split("\n")) {
    const words = parseLine(line).words.map((word) => word.text);
    const [keyword = "", name = "", ...more] = words;
    if (keyword === "") continue;
    if (keyword.startsWith(".")) {
      followBlock(within, words);
    } else if (sectionKinds.has(keyword)) {
      const begun = { kind: keyword, name, directives: [] };
      const known = sections.get(sectionTitle(begun));
      current = known && keyword !== "defaults" ? known : begun;
      if (!known) sections.set(sectionTitle(begun), begun);
      if (keyword === "defaults" && name === "") defaults = current.directives;
      if (more.length > 0) current.directives.push({ words: more, within: [] });
      else if (isProxy(keyword)) heirs.push({ section: current, from: defaults });
    } else if (current) {
      current.directives.push({ words, within: [...within], original: originals.get(line.trim()) });
    } else {
      problem ??= `it begins with ${JSON.stringify(line.trim().slice(0, 60))}, which is in no section`;
    }
  }
  const first = sections.get("defaults")?.directives ?? [];
  for (const { section, from } of heirs) {
    section.directives.push(...inheritedDifferences(from, first, section.kind));
  }
  if (sections.size === 0) problem ??= "it has no section";
  return { sections, refused: new Map(refused.map(({ line, advice }) => [line, advice])), problem };
}

function isProxy(kind: string): boolean {
  return kind === "frontend" || kind === "backend" || kind === "listen";
}

/** `.if` and its like (section 2.4 of the manual); `.diag` and `.notice` say nothing to compare. */
function followBlock(within: string[], [keyword, ...rest]: readonly string[]): void {
  const condition = rest.join(" ");
  if (keyword === ".if") within.push(condition);
  else if (keyword === ".elif") within.splice(-1, 1, `else ${condition}`);
  else if (keyword === ".else") within.splice(-1, 1, `not ${within.at(-1) ?? ""}`);
  else if (keyword === ".endif") within.pop();
}
