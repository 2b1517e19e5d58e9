/** How many of the last changes are remembered. */
export const rememberedChanges = 500;

/** How many apps a change names; it counts the others. */
const mostApps = 20;

/** The outcome of a change: no difference for HAProxy, runtime commands, a reload, a failure, or the guard against mass removals. */
export type ChangeOutcome = "nothing" | "commands" | "reload" | "failed" | "held";

/** One change of what HAProxy serves, made or attempted: by a synchronisation, or a reload for another reason. */
export interface Change {
  /** When it ended, in milliseconds since 1970. For several equal ones, the end of the last. */
  readonly at: number;
  readonly how: ChangeOutcome;
  /** What changed in HAProxy, one sentence each. */
  readonly what: readonly string[];
  /** The events that led to it. */
  readonly asked: readonly string[];
  /** The first ids of apps that changed in Marathon. */
  readonly apps: readonly string[];
  /** How many apps changed in Marathon. */
  readonly appCount: number;
  /** The number of its runtime commands. */
  readonly commands?: number;
  /** Why it failed, or why runtime commands were not enough. */
  readonly why: readonly string[];
  readonly milliseconds: number;
  /** How many in a row had the same result; 1 for a single one. */
  readonly times: number;
}

/** A change that is not yet in the list. */
export type NewChange = Omit<Change, "times" | "appCount" | "apps"> & { readonly apps?: readonly string[] };

/**
 * Adds a change; the newest comes first. Repeated ones are one entry with a count: synchronisations that change
 * nothing, and failures for one reason.
 */
export function addChange(changes: readonly Change[], { apps = [], ...added }: NewChange): readonly Change[] {
  const change = { ...added, apps: apps.slice(0, mostApps), appCount: apps.length, times: 1 };
  const [last] = changes;
  if (!last || !isAlike(last, change)) return [change, ...changes].slice(0, rememberedChanges);
  const both = new Set([...change.apps, ...last.apps]);
  const joined = {
    ...change,
    apps: [...both].slice(0, mostApps),
    appCount: Math.max(both.size, last.appCount, change.appCount),
    times: last.times + 1,
  };
  return [joined, ...changes.slice(1)];
}

function isAlike(a: Change, b: Change): boolean {
  if (a.how !== b.how) return false;
  if (a.how === "nothing") return true;
  return a.how === "failed" && a.why.join("\n") === b.why.join("\n");
}

/** The newest changes as JSON. Times are in ISO 8601, durations in milliseconds. */
export function changesJson(changes: readonly Change[], limit: number): readonly object[] {
  return changes.slice(0, limit).map(({ at, milliseconds, ...change }) => ({
    at: new Date(at).toISOString(),
    ...change,
    milliseconds: Math.round(milliseconds * 10) / 10,
  }));
}
