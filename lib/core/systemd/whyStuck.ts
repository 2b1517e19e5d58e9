/** What the control loop does, times in milliseconds of the monotonic clock. */
export interface LoopStep {
  /** In the form "a synchronisation". */
  readonly doing: string;
  readonly since: number;
  /** How long it takes at the most. */
  readonly within: number;
}

/** Milliseconds that a step may be late: the machine may be busy, or have been suspended. */
const tolerance = 60_000;

/** Why the control loop is not alive any more, as one sentence; undefined while it is. */
export function whyStuck({ doing, since, within }: LoopStep, now: number): string | undefined {
  const lasts = now - since;
  if (lasts <= within + tolerance) return undefined;
  return `The control loop is stuck: ${doing} has lasted ${Math.floor(lasts / 1000)} s, and takes ${
    Math.ceil(within / 1000)
  } s at the most`;
}
