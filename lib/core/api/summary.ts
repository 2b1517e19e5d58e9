import type { WorkerProcess } from "../haproxy/answers.ts";
import { type HealthLimits, healthOf } from "../status/health.ts";
import type { CertificateState, ControllerState, Moment, Presence } from "../status/state.ts";
import { version } from "../version.ts";
import type { Counts, ReasonCount } from "./overview.ts";

/** What the header of the page shows beside the state of the controller. */
export interface SummaryParts {
  /** The number of the generation that was counted; it grows with each one. */
  readonly generation: number;
  /** Undefined before the first successful synchronisation. */
  readonly counts?: Counts;
  readonly notServed: readonly ReasonCount[];
  readonly groups: readonly string[];
  readonly certificates: readonly CertificateState[];
  /** Workers of earlier configurations that still drain; undefined if HAProxy did not answer. */
  readonly oldWorkers?: readonly WorkerProcess[];
}

/** The answer of `/_mlb/api/summary`. Times are in ISO 8601, durations in milliseconds. */
export function summaryJson(
  state: ControllerState,
  now: Moment,
  limits: HealthLimits,
  { generation, counts, notServed, groups, certificates, oldWorkers }: SummaryParts,
): object {
  const { lastSuccess, synchronisations: { last: [newest] }, failingSince, reloads, eventStream } = state;
  const nearest = nearestExpiry(certificates);
  return {
    version,
    now: isoTime(now),
    startedAt: isoTime(state.startedAt),
    ...healthOf(state, now, limits),
    groups,
    generation,
    counts,
    notServed,
    haproxy: {
      ...describe(state.haproxy),
      restarts: state.haproxyRestarts,
      oldWorkers: oldWorkers?.map(({ pid, reloads, seconds, version }) => ({
        pid,
        reloads,
        seconds,
        version,
      })),
    },
    eventStream: eventStream && {
      source: state.eventSource,
      ...describe(eventStream),
      reconnects: state.eventStreamReconnects,
    },
    lastSynchronisation: lastSuccess && {
      at: isoTime(lastSuccess.at),
      reasons: lastSuccess.reasons,
      outcome: lastSuccess.outcome,
    },
    failing: failingSince && newest?.failure && {
      since: isoTime(failingSince),
      stage: newest.failure.stage,
      message: newest.failure.message,
    },
    reloads: {
      ok: reloads.ok,
      failed: reloads.failed,
      last: reloads.last.map(({ at, reasons, milliseconds, failure }) => ({
        at: isoTime(at),
        reasons,
        milliseconds: Math.round(milliseconds),
        failure,
      })),
    },
    runtimeCommands: state.runtimeCommands,
    certificates: { count: certificates.length, nearest },
  };
}

/** The certificate that expires first; an unreadable file comes before all others. */
function nearestExpiry(certificates: readonly CertificateState[]): CertificateState | undefined {
  const time = (one: CertificateState) => "error" in one ? "" : one.notAfter;
  return certificates.toSorted((a, b) => time(a) < time(b) ? -1 : 1)[0];
}

function describe({ up, since, reason }: Presence) {
  return { up, since: isoTime(since), reason };
}

function isoTime({ wall }: Moment): string {
  return new Date(wall).toISOString();
}
