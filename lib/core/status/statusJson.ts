import type { AppVerdict } from "../explain/verdict.ts";
import { countBackends, isPortClosed, type Service } from "../model/service.ts";
import { hintOf, isExclusion, type Problem } from "../problem.ts";
import { version } from "../version.ts";
import type {
  CertificateState,
  ControllerState,
  Moment,
  Outcomes,
  Presence,
  ReloadRecord,
  RuntimeUpdateRecord,
  SynchronisationRecord,
} from "./state.ts";
import { type HealthLimits, healthOf } from "./health.ts";

/**
 * What the controller serves, leaves out and did lately, for `/_mlb_status`: one line of JSON. Times are in ISO 8601,
 * durations in milliseconds; the newest synchronisations, reloads and runtime updates come first.
 */
export function statusJson(
  state: ControllerState,
  now: Moment,
  limits: HealthLimits,
  certificates: readonly CertificateState[],
  verdicts: readonly AppVerdict[] = [],
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
    alarms: state.alarms.map(({ kind, subject, message, since }) => ({
      kind,
      subject,
      message,
      since: isoTime(since),
    })),
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
    clusters: Object.entries(state.clusterStreams).map(([name, stream]) => ({
      name,
      eventStream: describePresence(stream, "connected", "disconnected"),
    })),
    events: state.events,
    haproxy: { ...describePresence(state.haproxy, "up", "down"), restarts: state.haproxyRestarts },
    stage: state.stage && { name: state.stage.name, since: isoTime(state.stage.since) },
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
    notServed: describeNotServed(verdicts),
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

/** In each problem, its subject stands first; the reason is the line of the log. */
function describeProblem(problem: Problem) {
  const { app, index, code, message } = problem;
  return { app, service: index, code, reason: message, hint: hintOf(problem) };
}

/**
 * What is not served: how many apps, how many of them for each code, and why, for apps with a label of the program.
 * Other apps are not meant to be served, and a large cluster has thousands.
 */
function describeNotServed(verdicts: readonly AppVerdict[]) {
  const apps = verdicts.filter(({ standing }) => standing === "not-served");
  const codes: Record<string, number> = {};
  for (const { reasons } of apps) {
    for (const code of new Set(reasons.map(({ code }) => code))) codes[code] = (codes[code] ?? 0) + 1;
  }
  const services = verdicts.filter(({ labelled }) => labelled).flatMap(
    ({ app, standing, reasons, services }) => {
      const missing = new Set(
        services.filter((one) => one.standing === "not-served").map(({ index }) => index),
      );
      return reasons.filter(({ index }) =>
        index === undefined ? standing === "not-served" : missing.has(index)
      )
        .map(({ index, code, message, hint, since }) => ({
          app,
          service: index,
          code,
          reason: message,
          hint,
          since: since === undefined ? undefined : new Date(since).toISOString(),
        }));
    },
  );
  return { apps: apps.length, codes, services };
}

function describeService(service: Service) {
  const { appId, index, port, mode, backends } = service;
  const closed = isPortClosed(service) ? { portClosed: true } : {};
  return { app: appId, service: index, port, ...closed, mode, backends: backends.length };
}

function isoTime({ wall }: Moment): string {
  return new Date(wall).toISOString();
}
