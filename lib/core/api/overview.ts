import { allIds, type AppVerdict, judgeApp, type Judged, type Standing } from "../explain/verdict.ts";
import { indexing, type World } from "../explain/world.ts";
import type { StatisticsRow } from "../haproxy/statistics.ts";
import type { Service } from "../model/service.ts";
import { type ProblemCode, problemKinds, type Severity } from "../problem.ts";
import { compareText, parseTimestamp } from "../text.ts";
import type { AppQuery } from "./query.ts";

/** An app in the overview: its verdict, and the values by which a list is searched and sorted. */
export interface OverviewEntry {
  readonly verdict: AppVerdict;
  /** The text in which `q` is searched, in lower case. */
  readonly text: string;
  /** How many servers each of its backends has in the configuration, without those that drain. */
  readonly servers: ReadonlyMap<string, number>;
  readonly draining: number;
  /** When its definition changed last, in milliseconds since 1970; 0 where that is not known. */
  readonly changedAt: number;
}

/** @param services what HAProxy serves of it */
export function overviewEntry(
  verdict: AppVerdict,
  services: readonly Service[],
  changedAt: number,
): OverviewEntry {
  const backends = services.flatMap(({ backends }) => backends);
  const words = [
    verdict.app,
    ...verdict.services.flatMap(({ vhosts, port }) => [...vhosts, ...port === undefined ? [] : [`:${port}`]]),
    ...new Set(backends.flatMap(({ host, ip }) => host === ip ? [host] : [host, ip])),
  ];
  return {
    verdict,
    text: words.join("\n").toLowerCase(),
    servers: new Map(verdict.services.flatMap(({ backend, up }) => backend ? [[backend, up] as const] : [])),
    draining: backends.filter(({ draining }) => draining).length,
    changedAt,
  };
}

/** The verdicts on all apps, and what a list of them shows. */
export interface Overview {
  /** What it is of. */
  readonly world: World;
  /** In the order of their ids. */
  readonly entries: readonly OverviewEntry[];
  readonly totals: ReturnType<typeof countApps>;
  /** What the next overview can keep, by app. */
  readonly judged: ReadonlyMap<string, JudgedEntry>;
}

interface JudgedEntry {
  readonly one: Judged;
  readonly entry: OverviewEntry;
  /** When Marathon says that the app changed last, in milliseconds since 1970; 0 where it does not. */
  readonly configuredAt: number;
}

/** After how many apps the work of an overview can be interrupted. */
const atOnce = 50;

/**
 * Makes an overview, step by step: at 10,000 apps it may take seconds, and the caller decides at each step what comes first.
 *
 * @param touchedAt when apps changed last, in milliseconds since 1970, of those that the timeline names
 * @param before the last one, made with the same flags: verdicts whose grounds are the same are taken from it
 */
export function* makeOverview(
  world: World,
  touchedAt: ReadonlyMap<string, number>,
  before?: Overview,
): Generator<void, Overview> {
  const indexed = yield* indexing(world);
  yield;
  const { cluster, servicesOf, groupOf } = indexed;
  const judged = new Map<string, JudgedEntry>();
  const entries: OverviewEntry[] = [];
  for (const id of allIds(indexed, before && [...before.judged.keys()])) {
    const known = before?.judged.get(id);
    const one = judgeApp(indexed, id, known?.one);
    if (!one) continue;
    const configuredAt = known?.one === one
      ? known.configuredAt
      : parseTimestamp(cluster.apps.get(id)?.lastConfigChangeAt ?? "") ?? 0;
    const changedAt = Math.max(configuredAt, touchedAt.get(id) ?? 0);
    const isKnown = known?.one === one && known.entry.changedAt === changedAt;
    const services = servicesOf.get(id) ?? servicesOf.get(groupOf.get(id) ?? "") ?? [];
    const kept = isKnown
      ? known
      : { one, entry: overviewEntry(one.verdict, services, changedAt), configuredAt };
    judged.set(id, kept);
    entries.push(kept.entry);
    if (entries.length % atOnce === 0) yield;
  }
  return { world, entries, totals: countApps(entries), judged };
}

/** HAProxy's statistics of backends, by name. */
export type LiveBackends = ReadonlyMap<string, StatisticsRow>;

/** One line of a list of apps. */
export interface AppRow {
  readonly app: string;
  readonly standing: Standing;
  /** Why it is not served, or not as it asks for; each code once. */
  readonly codes: readonly ProblemCode[];
  /** The first reason. */
  readonly message?: string;
  readonly hint?: string;
  readonly vhosts: readonly string[];
  readonly ports: readonly number[];
  /** How many servers get traffic; absent if HAProxy did not answer. */
  readonly up?: number;
  /** How many servers the configuration has. */
  readonly total: number;
  readonly draining: number;
  /** Sessions a second. */
  readonly rate?: number;
  readonly sessions?: number;
  readonly errors?: number;
}

/** Milliseconds for which an app counts as changed. */
const recently = 3_600_000;

export interface Selection {
  readonly total: number;
  readonly entries: readonly OverviewEntry[];
}

/**
 * The part of the apps that a question asks for.
 *
 * @param all in the order of their ids
 * @param live statistics of all backends; undefined where HAProxy gave none
 * @param now milliseconds since 1970
 */
export function selectApps(
  all: readonly OverviewEntry[],
  query: AppQuery,
  live: LiveBackends | undefined,
  now: number,
): Selection {
  const found = all.filter((entry) => matches(entry, query, live, now));
  const { sort, offset, limit } = query;
  if (sort !== "name") {
    // Those of one amount stay in the order of their ids.
    const amount = new Map(found.map((entry) => [entry, sumOf(entry, live, sort) ?? 0]));
    found.sort((a, b) => amount.get(b)! - amount.get(a)!);
  }
  return { total: found.length, entries: found.slice(offset, offset + limit) };
}

function matches(
  entry: OverviewEntry,
  { words, filter, code }: AppQuery,
  live: LiveBackends | undefined,
  now: number,
): boolean {
  if (code !== undefined && !entry.verdict.reasons.some((reason) => reason.code === code)) return false;
  if (filter !== undefined && !passes[filter](entry, live, now)) return false;
  return words.every((word) => entry.text.includes(word));
}

type Pass = (entry: OverviewEntry, live: LiveBackends | undefined, now: number) => boolean;

const passes: Readonly<Record<NonNullable<AppQuery["filter"]>, Pass>> = {
  "not-served": ({ verdict }) => verdict.standing !== "served",
  down: ({ servers }, live) => [...servers.keys()].some((backend) => live?.get(backend)?.active === 0),
  degraded: ({ servers }, live) =>
    [...servers].some(([backend, total]) => {
      const active = live?.get(backend)?.active;
      return active !== undefined && active > 0 && active < total;
    }),
  draining: ({ draining }) => draining > 0,
  changed: ({ changedAt }, _, now) => now - changedAt < recently,
};

export function appRow(entry: OverviewEntry, live: LiveBackends | undefined): AppRow {
  const { verdict: { app, standing, reasons, services }, servers, draining } = entry;
  const [first] = reasons;
  const known = {
    up: sumOf(entry, live, "active"),
    rate: sumOf(entry, live, "rate"),
    sessions: sumOf(entry, live, "sessions"),
    errors: sumOf(entry, live, "errors"),
  };
  return {
    app,
    standing,
    codes: [...new Set(reasons.map(({ code }) => code))],
    ...first ? { message: first.message, hint: first.hint } : {},
    vhosts: [...new Set(services.flatMap(({ vhosts }) => vhosts))],
    ports: [...new Set(services.flatMap(({ port }) => port ?? []))],
    total: [...servers.values()].reduce((sum, one) => sum + one, 0),
    draining,
    ...known.up === undefined ? {} : known,
  };
}

function sumOf(
  { servers }: OverviewEntry,
  live: LiveBackends | undefined,
  what: "active" | "rate" | "sessions" | "errors",
): number | undefined {
  let sum: number | undefined;
  for (const backend of live ? servers.keys() : []) {
    const row = live!.get(backend);
    if (row) sum = (sum ?? 0) + row[what];
  }
  return sum;
}

/** How many apps are served, and why the others are not. */
export interface Counts {
  readonly apps: number;
  readonly served: number;
  readonly partly: number;
  readonly notServed: number;
}

/** One reason for which apps are not served, or not as they ask for. */
export interface ReasonCount {
  readonly code: ProblemCode;
  readonly severity: Severity;
  readonly meaning: string;
  readonly hint: string;
  /** How many apps have it. */
  readonly apps: number;
}

const severities: readonly Severity[] = ["excluded", "warning", "note"];

/** Reasons with the gravest first, and within these with the most apps first. */
export function countApps(all: readonly OverviewEntry[]): { counts: Counts; reasons: ReasonCount[] } {
  const standings = { served: 0, partly: 0, "not-served": 0 };
  const byCode = new Map<ProblemCode, number>();
  for (const { verdict: { standing, reasons } } of all) {
    standings[standing]++;
    if (standing === "served") continue;
    for (const code of new Set(reasons.map(({ code }) => code))) {
      byCode.set(code, (byCode.get(code) ?? 0) + 1);
    }
  }
  const reasons = [...byCode].map(([code, apps]): ReasonCount => {
    const { severity, meaning, hint } = problemKinds[code];
    return { code, severity, meaning, hint, apps };
  });
  const gravity = ({ severity }: ReasonCount) => severities.indexOf(severity);
  reasons.sort((a, b) => gravity(a) - gravity(b) || b.apps - a.apps || compareText(a.code, b.code));
  const { served, partly } = standings;
  return { counts: { apps: all.length, served, partly, notServed: standings["not-served"] }, reasons };
}
