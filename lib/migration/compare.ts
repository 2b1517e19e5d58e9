import { isExclusion, type Problem } from "../core/problem.ts";
import { compareStatements } from "./match.ts";
import { type Difference, hidePasswords } from "./report.ts";
import {
  type ParsedConfiguration,
  parseSections,
  readServer,
  type Section,
  sectionTitle,
} from "./sections.ts";
import { compareServers, gatherBackends } from "./servers.ts";
import { isServer, readStatements, type Statement, withoutImplied } from "./statements.ts";

/** A configuration with the maps that stand beside it. */
export interface MigrationSide {
  readonly text: string;
  readonly maps: Maps;
}

/** What is known of the new configuration beside its text. */
export interface MigrationContext {
  /** The app of each backend. */
  readonly apps: ReadonlyMap<string, string>;
  /** The backends whose service ports are closed, and which a vhost leads to all the same. */
  readonly closedPorts: ReadonlySet<string>;
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
        : section.kind === "frontend" && context.closedPorts.has(section.name)
        ? [closedPort(section, apps)]
        : [loneSection("lost", section, apps, context.problems)]),
    );
  }
  for (const [title, section] of fresh.sections) {
    if (!matched.has(title)) found.push(loneSection("added", section, apps, []));
  }
  found.push(...compareMaps(usedMaps(before, after), usedMaps(after, before)));
  return gatherBackends(found).map((difference) => withApp(difference, apps)).map(hidden).sort(byUrgency);
}

/** The maps in which both sides look things up. Where only one side does, the rules that do differ. */
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

/** Map files by name, as text. */
export type Maps = Readonly<Record<string, string>>;

/** How map files differ. Of lines with the same key, the first counts (section 7.3.1 of the manual, "map"). */
export function compareMaps(before: Maps, after: Maps): Difference[] {
  const files = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return files.flatMap((section) => {
    const [old, fresh] = [readMap(before[section] ?? ""), readMap(after[section] ?? "")];
    return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((key): Difference[] => {
      const [from, to] = [old.get(key), fresh.get(key)];
      if (from === to) return [];
      const kind = from === undefined ? "added" : to === undefined ? "lost" : "changed";
      return [{
        kind,
        section,
        what: key,
        before: from,
        after: to,
        meaning: {
          lost: "The old one serves it, the new one does not.",
          added: "The new one serves it, the old one does not.",
          changed: "Requests for it go to another backend.",
        }[kind],
        advice: "Check the labels of the app and the flags; if it was just deployed, compare again.",
      }];
    });
  });
}

function readMap(text: string): Map<string, string> {
  const map = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [key = "", ...value] = line.trim().split(/\s+/);
    // Both maps are asked in lower case.
    if (key !== "" && !key.startsWith("#") && !map.has(key.toLowerCase())) {
      map.set(key.toLowerCase(), value.join(" "));
    }
  }
  return map;
}

/** Why the old one may lack a section: it leaves out a whole app of which HAProxy refuses a line. */
const oldLeftOut =
  ' The log of the old one says "invalid configuration caused by app" where its HAProxy refuses it.';

/** The difference of a section that only one side has; what the new one was made without says why. */
export function loneSection(
  kind: "lost" | "added",
  section: Section,
  apps: ReadonlyMap<string, string>,
  problems: readonly Problem[],
): Difference {
  const servers = section.directives.filter(isServer).length;
  const size = section.kind === "backend"
    ? `${servers} server${servers === 1 ? "" : "s"}`
    : `${section.directives.length} lines`;
  const app = apps.get(section.name);
  const excluded = problems.filter(isExclusion);
  const owner =
    (excluded.find((one) => one.app === app) ?? excluded.find((one) => mayBe(section.name, one.app)))?.app;
  // Which of an app's services was at the port of a section, only the old one knows.
  const reasons = excluded.filter((one) => one.app === owner).map(({ message }) => message);
  return {
    kind,
    section: sectionTitle(section),
    app,
    what: "the whole section",
    [kind === "lost" ? "before" : "after"]: size,
    meaning: reasons.length > 0
      ? `The new one leaves it out: ${reasons.join("; ")}`
      : kind === "lost"
      ? "The old one serves it, the new one does not."
      : "The new one serves it, the old one does not.",
    advice: reasons.length > 0
      ? "Fix the app as the message says; docs/migrating.md lists what is stricter now."
      : "Use the flags of the old one (--group, --strict-mode, --health-check, port flags); if the app was just " +
        `deployed, compare again.${kind === "added" ? oldLeftOut : ""}`,
  };
}

/** The difference of a frontend whose service port is closed on purpose. */
function closedPort(section: Section, apps: ReadonlyMap<string, string>): Difference {
  return {
    kind: "intended",
    section: sectionTitle(section),
    app: apps.get(section.name),
    what: "the whole section",
    before: `${section.directives.length} lines`,
    meaning: "",
    intended: ["closedPorts"],
  };
}

/** Whether a section is one of an app, whose backends are named after it and a port. */
function mayBe(section: string, app: string): boolean {
  const name = app.replace(/^\//, "").replaceAll("/", "_");
  return section.startsWith(`${name}_`) && /^\d+$/.test(section.slice(name.length + 1));
}

/** Frontends with another name in the new configuration, but the same addresses: old title to new. */
export function pairRenamed(
  { sections: before }: ParsedConfiguration,
  { sections: after }: ParsedConfiguration,
): ReadonlyMap<string, string> {
  const byBinds = new Map<string, string>();
  for (const [title, section] of after) {
    const binds = bindsOf(section);
    if (binds !== "" && !before.has(title)) byBinds.set(binds, title);
  }
  const renamed = new Map<string, string>();
  for (const [title, section] of before) {
    const other = after.has(title) ? undefined : byBinds.get(bindsOf(section));
    if (other !== undefined) renamed.set(title, other);
  }
  return renamed;
}

function bindsOf({ kind, directives }: Section): string {
  const addresses = directives.filter(({ words }) => words[0] === "bind").map(({ words }) => words[1] ?? "");
  return addresses.length === 0 ? "" : [kind, ...addresses.sort()].join(" ");
}

/** The apps of backends, as the frontend says that chooses by app id. */
export function appsByRules({ sections }: ParsedConfiguration): Map<string, string> {
  const apps = new Map<string, string>();
  const section = sections.get("frontend marathon_http_appid_in");
  for (const { action, condition } of section ? readStatements(section) : []) {
    const [value] = condition?.anyOf[0]?.[0]?.atoms ?? [];
    const [, backend] = /^use_backend (\S+)$/.exec(action) ?? [];
    if (backend !== undefined && value?.value.startsWith("/")) apps.set(backend, value.value);
  }
  return apps;
}

/** The apps of backends, as the map says that chooses by app id. */
export function appsByMap(maps: Maps): [string, string][] {
  return (maps["app2backend.map"] ?? "").split("\n").flatMap((line) => {
    const [app = "", backend = ""] = line.trim().split(/\s+/);
    return app.startsWith("/") && backend !== "" ? [[backend, app]] : [];
  });
}

/** The difference with the app that its section or its rule belongs to. */
export function withApp(difference: Difference, apps: ReadonlyMap<string, string>): Difference {
  if (difference.app !== undefined) return difference;
  const [, backend] = /^use_backend (\S+)/.exec(difference.before ?? difference.after ?? "") ?? [];
  const app = apps.get(difference.section.replace(/^\S+ /, "").replace(/^user_/, "")) ??
    (backend === undefined ? undefined : apps.get(backend));
  return app === undefined ? difference : { ...difference, app };
}
