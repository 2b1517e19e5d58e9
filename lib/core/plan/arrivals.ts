import { backendName } from "../model/service.ts";
import type { Chunk, Configuration } from "../render/configuration.ts";
import {
  type BackendArrival,
  type BackendDeparture,
  type DifferingPair,
  isServerLine,
  type PortChange,
  type RuntimeFacts,
} from "./plan.ts";

/** How two configurations differ, in what commands may change. */
export interface Difference {
  /** Pieces that are in both, with other texts. */
  readonly pairs: readonly DifferingPair[];
  /** Backends of services that come, and of those that go. */
  readonly came: readonly Chunk[];
  readonly went: readonly Chunk[];
  /** Frontends for the ports of these services: they come and go by a reload alone. */
  readonly ports: readonly PortChange[];
}

/** A reason why commands are not enough. */
export interface Obstacle {
  readonly why: string;
}

const rulesChanged = { why: "sections or rules came or went" };

/**
 * How two configurations differ if whole services may come and go. Their backends and frontends may be in any order,
 * because HAProxy finds them by name. Sections of bodies add nothing themselves. Repeated `defaults` follow from the
 * frontends behind them. Everything else has to be the same.
 */
export function findDifference(
  { chunks: before }: Pick<Configuration, "chunks">,
  { chunks: after }: Pick<Configuration, "chunks">,
): Difference | Obstacle {
  const [old, fresh] = withoutCommonEnds(before, after);
  const [oldRules, freshRules] = [old, fresh].map((chunks) => chunks.filter(isRule));
  if (
    oldRules!.length !== freshRules!.length ||
    oldRules!.some(({ text }, index) => text !== freshRules![index]!.text)
  ) return rulesChanged;

  const backends = pairByName(old, fresh, ({ backend }) => backend ?? false);
  const frontends = pairByName(old, fresh, ({ frontend }) => frontend ?? false);
  const [changed] = frontends.pairs;
  if (changed) return { why: `the frontend for the port of ${nameOf(changed[0])} changed` };
  const [came, went] = [backends.came, backends.went].map((chunks) => new Set(chunks.map(nameOf)));
  const alone = frontends.came.find((chunk) => !came!.has(nameOf(chunk))) ??
    frontends.went.find((chunk) => !went!.has(nameOf(chunk)));
  if (alone) return { why: `the frontend for the port of ${nameOf(alone)} came or went` };
  return {
    ...backends,
    ports: [
      ...frontends.came.map((chunk): PortChange => ({ kind: "came", backend: nameOf(chunk) })),
      ...frontends.went.map((chunk): PortChange => ({ kind: "went", backend: nameOf(chunk) })),
    ],
  };
}

/** The name of the backend of a piece's service. */
function nameOf({ service }: Chunk): string {
  return backendName(service!);
}

function isRule({ backend, frontend, body, repeats }: Chunk): boolean {
  return !backend && !frontend && body === undefined && !repeats;
}

/** Most pieces are the same, and a comparison of the others by names costs more. */
function withoutCommonEnds(before: readonly Chunk[], after: readonly Chunk[]): [Chunk[], Chunk[]] {
  const shorter = Math.min(before.length, after.length);
  let begin = 0;
  while (begin < shorter && before[begin]!.text === after[begin]!.text) begin++;
  let end = 0;
  while (end < shorter - begin && before.at(-1 - end)!.text === after.at(-1 - end)!.text) end++;
  return [before.slice(begin, before.length - end), after.slice(begin, after.length - end)];
}

function pairByName(before: readonly Chunk[], after: readonly Chunk[], isOne: (chunk: Chunk) => boolean) {
  const [old, fresh] = withoutCommonEnds(before.filter(isOne), after.filter(isOne));
  const others = new Map(old.map((chunk) => [nameOf(chunk), chunk]));
  const pairs: DifferingPair[] = [];
  const came: Chunk[] = [];
  for (const chunk of fresh) {
    const earlier = others.get(nameOf(chunk));
    others.delete(nameOf(chunk));
    if (!earlier) came.push(chunk);
    else if (earlier.text !== chunk.text) pairs.push([earlier, chunk]);
  }
  return { pairs, came, went: [...others.values()] };
}

/** A backend without its servers. */
export function withoutServerLines(chunk: Chunk): Chunk {
  const text = chunk.text.split("\n").filter((line) => !isServerLine(line)).join("\n");
  return { ...chunk, text };
}

/** How a backend is added by commands, or why it cannot be. */
export function planArrival(
  chunk: Chunk,
  next: Pick<Configuration, "maps">,
  { ports }: Difference,
  { bodies, gone, delaysPorts }: RuntimeFacts,
): BackendArrival | Obstacle {
  const backend = nameOf(chunk);
  const { body } = chunk;
  if (body === undefined) return { why: `backend ${backend} begins from no body that others have` };
  if (!bodies?.has(body)) return { why: `backend ${backend} begins from a body that HAProxy has not loaded` };
  if (gone?.has(backend)) return { why: `backend ${backend} comes back before HAProxy has deleted it` };
  if (ports.some((port) => port.backend === backend)) {
    if (!delaysPorts) return { why: `the port of ${backend} needs a frontend` };
    // Nothing else leads to it, so it has no time to lose.
    if (!next.maps["domain2backend.map"].includes(` ${backend}\n`)) {
      return { why: `the port of ${backend} needs a frontend, and no vhost leads there` };
    }
  }
  const guid = /^\s+guid\s+(\S+)\s*$/m.exec(withoutServerLines(chunk).text)?.[1];
  return { backend, body, ...guid === undefined ? {} : { guid } };
}

/** How a backend goes by commands, or why it cannot. @param isDeletable whether all of its servers can be deleted */
export function planDeparture(
  chunk: Chunk,
  isDeletable: boolean,
  { ports }: Difference,
  { delaysPorts, waiting }: RuntimeFacts,
): BackendDeparture | Obstacle {
  const backend = nameOf(chunk);
  // What stands in it may keep HAProxy from deleting it.
  if (chunk.body === undefined) return { why: `backend ${backend} begins from no body that others have` };
  const hasFrontend = ports.some((port) => port.backend === backend);
  // HAProxy has not loaded the frontend of one that came since then.
  const isNamed = hasFrontend && !waiting?.some((port) => port.backend === backend && port.kind === "came");
  if (isNamed && !delaysPorts) return { why: `the port of ${backend} has a frontend` };
  return { backend, deletable: isDeletable && !isNamed };
}

/** What waits for a reload after more of it: the frontend of a service that came and went was never loaded. */
export function nextPorts(
  waiting: ReadonlyMap<string, WaitingPort>,
  changes: readonly PortChange[],
  since: number,
): Map<string, WaitingPort> {
  const next = new Map(waiting);
  for (const { kind, backend } of changes) {
    if (kind === "went" && next.get(backend)?.kind === "came") next.delete(backend);
    else next.set(backend, { kind, since });
  }
  return next;
}

/** A frontend that a reload has to bring, or to remove. */
export interface WaitingPort {
  readonly kind: PortChange["kind"];
  /** Milliseconds of a clock that never goes back. */
  readonly since: number;
}

/** How many services a phrase names. */
const named = 5;

/** Service ports that wait for a reload, as a phrase. */
export function describePorts(ports: readonly Pick<PortChange, "backend">[]): string {
  const names = ports.slice(0, named).map(({ backend }) => backend);
  const more = ports.length > named ? [`${ports.length - named} more`] : [];
  return `the service ports of ${[...names, ...more].join(", ")}`;
}
