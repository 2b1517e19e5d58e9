import type { Problem } from "../problem/Problem.ts";
import { appsByMap, appsByRules, withApp } from "./appsOfBackends.ts";
import { compareMaps, type Maps } from "./compareMaps.ts";
import { compareServers } from "./compareServers.ts";
import { compareStatements } from "./compareStatements.ts";
import type { Difference } from "./Difference.ts";
import { gatherBackends } from "./gatherBackends.ts";
import { hidePasswords } from "./hidePasswords.ts";
import { type ParsedConfiguration, parseSections } from "./parseSections.ts";
import { loneSection } from "./loneSection.ts";
import { pairRenamed } from "./pairRenamed.ts";
import { type Section, sectionTitle } from "./Section.ts";
import { readServer } from "./Server.ts";
import { isServer, readStatements, type Statement } from "./Statement.ts";
import { withoutImplied } from "./withoutImplied.ts";

/** A configuration with the maps that stand beside it. */
export interface MigrationSide {
  readonly text: string;
  readonly maps: Maps;
}

/** What is known of the new configuration beside its text. */
export interface MigrationContext {
  /** The app of each backend. */
  readonly apps: ReadonlyMap<string, string>;
  /** What was left out of it, and why. */
  readonly problems: readonly Problem[];
}

/**
 * How two configurations differ in effect: not in their order, layout, comments or the names of ACLs. Lost things come
 * first, then changed and added ones, then what is intended.
 *
 * @throws {RangeError} when the old text is no configuration of HAProxy
 */
export function compareConfigurations(
  before: MigrationSide,
  after: MigrationSide,
  context: MigrationContext,
): Difference[] {
  const [old, fresh] = [parseSections(before.text), parseSections(after.text)];
  if (old.problem !== undefined) throw new RangeError(old.problem);
  const found: Difference[] = [];
  const apps = new Map([...appsByRules(old), ...appsByMap(before.maps), ...context.apps]);
  const renamed = pairRenamed(old, fresh);
  const matched = new Set<string>();
  for (const [title, section] of old.sections) {
    const other = fresh.sections.get(renamed.get(title) ?? title);
    if (other) matched.add(sectionTitle(other));
    found.push(
      ...(other
        ? compareSection(section, other, old, fresh)
        : [loneSection("lost", section, apps, context.problems)]),
    );
  }
  for (const [title, section] of fresh.sections) {
    if (!matched.has(title)) found.push(loneSection("added", section, apps, []));
  }
  found.push(...compareMaps(usedMaps(before, after), usedMaps(after, before)));
  return gatherBackends(found).map((difference) => withApp(difference, apps)).map(hidden).sort(byUrgency);
}

/** The maps that both sides look things up in: where only one does, the rules that do differ. */
function usedMaps({ text, maps }: MigrationSide, other: MigrationSide): Maps {
  const used = Object.entries(maps).filter(([name]) =>
    text.includes(name) && other.text.includes(name) && name in other.maps
  );
  return Object.fromEntries(used);
}

const urgency = ["lost", "changed", "added", "moving", "intended"];

function byUrgency(one: Difference, other: Difference): number {
  return urgency.indexOf(one.kind) - urgency.indexOf(other.kind);
}

function compareSection(
  section: Section,
  other: Section,
  before: ParsedConfiguration,
  after: ParsedConfiguration,
): Difference[] {
  const title = sectionTitle(section);
  const [old, fresh] = [statementsOf(section, before), statementsOf(other, after)];
  if (title !== sectionTitle(other)) {
    old.push(nameOf(section));
    fresh.push(nameOf(other));
  }
  const balance = fresh.map(({ text }) => text).filter((text) => /^(?:balance|hash-type) /.test(text));
  const [servers, others] = [section, other].map(({ directives }) =>
    directives.filter(isServer).map(readServer)
  );
  return [
    ...compareServers(servers!, others!, balance),
    ...compareStatements(title, old, fresh, before.refused),
  ].map((difference) => ({ section: title, ...difference }));
}

function statementsOf(section: Section, { sections }: ParsedConfiguration): Statement[] {
  return withoutImplied(readStatements(section), sections.get("defaults"));
}

function nameOf({ name }: Section): Statement {
  const text = `name ${name}`;
  return { slot: "name", text, key: text, rows: [], action: text };
}

function hidden(difference: Difference): Difference {
  const { before, after } = difference;
  return {
    ...difference,
    ...(before === undefined ? {} : { before: hidePasswords(before) }),
    ...(after === undefined ? {} : { after: hidePasswords(after) }),
  };
}
