import { anchor } from "../core/docs/markdown.ts";
import { intendedTable } from "./intendedTable.ts";

/**
 * How two configurations differ in one place:
 *
 * - `lost`: only in the old one
 * - `added`: only in the new one
 * - `changed`: in both, but different
 * - `moving`: differed only while the two were asked
 * - `intended`: known, listed in docs/migrating.md, and no reason to worry
 */
export type DifferenceKind = "lost" | "changed" | "added" | "moving" | "intended";

/** One place in which two configurations have another effect; plain data, without passwords. */
export interface Difference {
  readonly kind: DifferenceKind;
  /** Such as `backend web_10000`, or the name of a map. */
  readonly section: string;
  /** The app that the section or the rule belongs to, where it is one app's. */
  readonly app?: string;
  /** Such as `server 10.0.0.1:31000`, `timeout server` or `use_backend`. */
  readonly what: string;
  readonly before?: string;
  readonly after?: string;
  /** What it means for the traffic, in one sentence. */
  readonly meaning: string;
  /** What to do about it; nothing for what is intended. */
  readonly advice?: string;
  /** The rows of `intendedTable` that explain it. */
  readonly intended?: readonly string[];
}

/** Whether it is one that an operator has to look at. */
export function isInEffect({ kind }: Pick<Difference, "kind">): boolean {
  return kind === "lost" || kind === "changed" || kind === "added";
}

/** A difference before its section is known. */
export type SectionDifference = Omit<Difference, "section">;

/** What a comparison came to; `check-migration --json` prints it. */
export interface MigrationReport {
  /** Where the old configuration comes from, without credentials. */
  readonly from: string;
  /** The Marathons that were asked. */
  readonly marathon: readonly string[];
  readonly old: MigrationSize;
  readonly new: MigrationSize;
  readonly differences: readonly Difference[];
}

/** How much a configuration holds. */
export interface MigrationSize {
  readonly frontends: number;
  readonly backends: number;
  readonly servers: number;
}

/** The size of a configuration. */
export function migrationSize(text: string): MigrationSize {
  const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0;
  return {
    frontends: count(/^frontend\s/gm),
    backends: count(/^backend\s/gm),
    servers: count(/^[ \t]+server\s/gm),
  };
}

/**
 * The differences of two comparisons, one after the other. A difference that only one of them has comes from tasks and
 * apps that changed meanwhile, and is `moving`.
 */
export function settleDifferences(first: readonly Difference[], second: readonly Difference[]): Difference[] {
  const [early, late] = [first, second].map((list) => new Set(list.filter(isInEffect).map(identity)));
  const lasting = second.map((difference) =>
    !isInEffect(difference) || early!.has(identity(difference)) ? difference : moving(difference)
  );
  const gone = first.filter((difference) => isInEffect(difference) && !late!.has(identity(difference)));
  const rest = lasting.filter(({ kind }) => kind !== "intended");
  return [
    ...rest.filter(isInEffect),
    ...rest.filter((difference) => !isInEffect(difference)),
    ...gone.map(moving),
    ...lasting.filter(({ kind }) => kind === "intended"),
  ];
}

function moving(difference: Difference): Difference {
  return {
    ...difference,
    kind: "moving",
    meaning: "Only one of two comparisons had this difference: something changed meanwhile.",
    advice: undefined,
  };
}

function identity({ kind, section, what, before = "", after = "" }: Difference): string {
  return JSON.stringify([kind, section, what, before, after]);
}

/** How many sections, and how many differences of each, are listed in full. */
const limits = { sections: 40, differences: 8 };
const widest = 200;

/** A report for people, by section, with what is lost first. The last line counts the differences in effect. */
export function formatReport(report: MigrationReport): string {
  const { from, marathon, differences } = report;
  const inEffect = differences.filter(isInEffect);
  const moving = differences.filter(({ kind }) => kind === "moving");
  return [
    `old: ${from} (${describeSize(report.old)})`,
    `new: what this program generates for ${marathon.join(" ")} (${describeSize(report.new)})`,
    "",
    ...formatSections(inEffect),
    ...(moving.length === 0 ? [] : [
      `Changed during the comparison, and harmless in itself: ${moving.length}`,
      ...moving.slice(0, limits.differences).map(({ section, what }) => `  ${section}: ${what}`),
      ...more(moving.length - limits.differences, "  "),
      "",
    ]),
    ...formatIntended(differences),
    conclusion(inEffect),
    "",
  ].join("\n");
}

function describeSize({ frontends, backends, servers }: MigrationSize): string {
  return [count(frontends, "frontend"), count(backends, "backend"), count(servers, "server")].join(", ");
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function formatSections(differences: readonly Difference[]): string[] {
  const sections = Map.groupBy(differences, ({ section }) => section);
  const lines = [...sections].slice(0, limits.sections).flatMap(([section, found]) => {
    const apps = new Set(found.flatMap(({ app }) => app ?? []));
    return [
      apps.size === 1 ? `${section} (app ${[...apps][0]})` : section,
      ...formatSection(found.slice(0, limits.differences)),
      ...more(found.length - limits.differences, "  "),
      "",
    ];
  });
  const rest = sections.size - limits.sections;
  return rest > 0 ? [...lines, `… and ${rest} more sections; --json lists all`, ""] : lines;
}

/** Differences of one meaning are listed together. */
function formatSection(differences: readonly Difference[]): string[] {
  const groups = Map.groupBy(differences, ({ kind, meaning, advice }) => `${kind} ${meaning} ${advice}`);
  return [...groups.values()].flatMap((group) => [
    ...group.flatMap(formatDifference),
    `      ${group[0]!.meaning}`,
    ...(group[0]!.advice === undefined ? [] : [`      To do: ${group[0]!.advice}`]),
  ]);
}

function formatDifference({ kind, what, before, after }: Difference): string[] {
  return [
    `  ${kind}: ${what}`,
    ...(before === undefined ? [] : [`    - ${shortened(before)}`]),
    ...(after === undefined ? [] : [`    + ${shortened(after)}`]),
  ];
}

function formatIntended(differences: readonly Difference[]): string[] {
  const counts = new Map<string, number>();
  for (const { intended = [] } of differences) {
    for (const id of intended) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  if (counts.size === 0) return [];
  const rows = intendedTable.filter(({ id }) => counts.has(id));
  return [
    "Intended differences:",
    ...[...Map.groupBy(rows, ({ docs }) => docs)].flatMap(([docs, group]) => [
      `  docs/migrating.md#${anchor(docs)}`,
      ...group.map(({ id, reason }) => `    ${counts.get(id)} × ${reason}`),
    ]),
    "",
  ];
}

function conclusion(inEffect: readonly Difference[]): string {
  if (inEffect.length === 0) return "No difference in effect.";
  const kinds = Map.groupBy(inEffect, ({ kind }) => kind);
  const parts = [...kinds].map(([kind, found]) => `${found.length} ${kind}`).join(", ");
  return `${count(inEffect.length, "difference")} in effect: ${parts}.`;
}

function more(count: number, indent: string): string[] {
  return count > 0 ? [`${indent}… and ${count} more; --json lists all`] : [];
}

function shortened(text: string): string {
  return text.length > widest ? `${text.slice(0, widest)}…` : text;
}

/** A line of a configuration without its passwords: those of userlists, the statistics and Authorization headers. */
export function hidePasswords(text: string): string {
  return text
    .replace(/^(user \S+ .*?\b(?:insecure-)?password) \S+/, "$1 ***")
    .replace(/^(stats auth [^:\s]*):\S+/, "$1:***")
    .replace(/\b(Basic|Bearer) \S+/g, "$1 ***");
}
