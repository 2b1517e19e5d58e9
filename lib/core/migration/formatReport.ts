import { anchor } from "../docs/markdown/anchor.ts";
import { type Difference, isInEffect } from "./Difference.ts";
import { intendedTable } from "./intendedTable.ts";
import type { MigrationReport, MigrationSize } from "./MigrationReport.ts";

/** How many sections, and how many differences of each, are told in full. */
const limits = { sections: 40, differences: 8 };
const widest = 200;

/** A report for people: by section, what is lost first; the last line says how many differences in effect there are. */
export function formatReport(report: MigrationReport): string {
  const { from, marathon, differences } = report;
  const inEffect = differences.filter(isInEffect);
  const moving = differences.filter(({ kind }) => kind === "moving");
  return [
    `old: ${from} (${describeSize(report.old)})`,
    `new: what this would make for ${marathon.join(" ")} (${describeSize(report.new)})`,
    "",
    ...formatSections(inEffect),
    ...(moving.length === 0 ? [] : [
      `Changed while comparing, and no reason to worry by itself: ${moving.length}`,
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
  return rest > 0 ? [...lines, `… and ${rest} sections more; --json has all`, ""] : lines;
}

/** Differences of one meaning are told together. */
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
    "Different on purpose:",
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
  return count > 0 ? [`${indent}… and ${count} more; --json has all`] : [];
}

function shortened(text: string): string {
  return text.length > widest ? `${text.slice(0, widest)}…` : text;
}
