import type { Service } from "../model/Service.ts";
import type { Problem } from "../problem/Problem.ts";
import { version } from "../version.ts";
import type { CertificateState } from "./CertificateState.ts";
import type {
  ControllerState,
  Outcomes,
  Presence,
  ReloadRecord,
  RuntimeUpdateRecord,
  SynchronisationRecord,
} from "./ControllerState.ts";
import { countBackends } from "../model/countBackends.ts";
import { type HealthLimits, healthOf } from "./healthOf.ts";
import { isExclusion } from "../problem/isExclusion.ts";
import type { Moment } from "./Moment.ts";

/**
 * What the controller serves, leaves out and has done lately, for `/_mlb_status`: one line of JSON. Times are in ISO 8601,
 * durations in milliseconds; the newest synchronisations, reloads and runtime updates come first.
 */
export function statusJson(
  state: ControllerState,
  now: Moment,
  limits: HealthLimits,
  certificates: readonly CertificateState[],
): string {
  const { synchronisations, reloads, lastSuccess, eventStream, lastMarathonError, services, problems } =
    state;
  const { healthy, reasons } = healthOf(state, now, limits);
  const status = {
    version,
    now: isoTime(now),
    startedAt: isoTime(state.startedAt),
    healthy,
    reasons,
    marathon: {
      fetches: state.fetches,
      unannouncedChanges: state.disagreements,
      errors: state.marathonErrors,
      lastError: lastMarathonError &&
        { at: isoTime(lastMarathonError.at), message: lastMarathonError.message },
    },
    eventStream: eventStream && {
      source: state.eventSource,
      ...describePresence(eventStream, "connected", "disconnected"),
      reconnects: state.eventStreamReconnects,
    },
    events: state.events,
    haproxy: { ...describePresence(state.haproxy, "up", "down"), restarts: state.haproxyRestarts },
    lastSuccess: lastSuccess && describeSynchronisation(lastSuccess),
    synchronisations: { ...synchronisations, last: synchronisations.last.map(describeSynchronisation) },
    reloads: { ...reloads, last: reloads.last.map(describeReload) },
    runtimeUpdates: {
      commands: state.runtimeCommands,
      fallbacks: state.runtimeFallbacks,
      lastFallback: state.lastRuntimeFallback &&
        { at: isoTime(state.lastRuntimeFallback.at), message: state.lastRuntimeFallback.message },
      certificates: describeUpdates(state.runtimeUpdates.certificates),
      servers: describeUpdates(state.runtimeUpdates.servers),
    },
    counts: { apps: state.apps, services: services.length, backends: countBackends(services) },
    excluded: problems.filter(isExclusion).map(describeProblem),
    warnings: problems.filter((problem) => !isExclusion(problem)).map(describeProblem),
    certificates,
    services: services.map(describeService),
  };
  return `${JSON.stringify(status)}\n`;
}

function describePresence({ up, since, reason }: Presence, there: string, away: string) {
  return { state: up ? there : away, since: isoTime(since), reason };
}

function describeSynchronisation({ at, ...record }: SynchronisationRecord) {
  return { at: isoTime(at), ...record };
}

function describeReload({ at, reasons, milliseconds, failure }: ReloadRecord) {
  return {
    at: isoTime(at),
    outcome: failure === undefined ? "ok" : "failed",
    reasons,
    milliseconds,
    failure,
  };
}

function describeUpdates({ last, ...counts }: Outcomes<RuntimeUpdateRecord>) {
  const describe = (record: RuntimeUpdateRecord) => ({
    ...describeReload(record),
    commands: record.commands,
  });
  return { ...counts, last: last.map(describe) };
}

function describeProblem({ app, index, message }: Problem) {
  return { app, service: index, reason: message };
}

function describeService({ appId, index, port, mode, backends }: Service) {
  return { app: appId, service: index, port, mode, backends: backends.length };
}

function isoTime({ wall }: Moment): string {
  return new Date(wall).toISOString();
}
