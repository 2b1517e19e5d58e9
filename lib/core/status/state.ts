import type { Service } from "../model/service.ts";
import type { Problem } from "../problem.ts";
import { emptyHistogram, type Histogram, observe } from "./histogram.ts";
import type { Change } from "./timeline.ts";

/** How many of the last synchronisations, reloads and runtime updates of each kind are remembered. */
export const remembered = 20;

/** How often something succeeded and failed, and its last times, the newest first. */
export interface Outcomes<Record> {
  readonly ok: number;
  readonly failed: number;
  readonly last: readonly Record[];
}

/** The durations since the start, by result. */
export interface Durations {
  readonly ok: Histogram;
  readonly failed: Histogram;
}

/** The outcome of a successful synchronisation; `held`: its answer has to be confirmed (`--mass-removal-delay`). */
export type SyncOutcome = "nothing" | "applied" | "held";

/** One finished synchronisation. */
export interface SynchronisationRecord {
  /** When it ended. */
  readonly at: Moment;
  /** What asked for it. */
  readonly reasons: readonly string[];
  readonly durations: StageDurations;
  readonly outcome: SyncOutcome | "failed";
  /** What it changed; empty unless it was applied. */
  readonly changes: readonly string[];
  /** Where and why it failed; undefined if it did not. */
  readonly failure?: { readonly stage: Stage; readonly message: string };
}

/** One finished reload of HAProxy. */
export interface ReloadRecord {
  readonly at: Moment;
  readonly reasons: readonly string[];
  readonly milliseconds: number;
  /** Undefined if it did not fail. */
  readonly failure?: string;
}

/** One finished change of the running HAProxy by runtime commands. */
export interface RuntimeUpdateRecord extends ReloadRecord {
  /** The number of runtime commands for it; 0 if it was refused before there were any. */
  readonly commands: number;
}

/** Whether something is available, since when, and if not, why. */
export interface Presence {
  readonly up: boolean;
  readonly since: Moment;
  readonly reason?: string;
}

/** All that the controller reports about itself. */
export interface ControllerState {
  readonly startedAt: Moment;
  /** The last successful one. */
  readonly lastSuccess?: SynchronisationRecord;
  /** When the first synchronisation failed after the last successful one. */
  readonly failingSince?: Moment;
  readonly synchronisations: Outcomes<SynchronisationRecord>;
  readonly synchronisationDurations: Durations;
  /** The durations of all synchronisations that reached the stage and had something to do there. */
  readonly stageDurations: Readonly<Record<Stage, Histogram>>;
  /** What the current synchronisation does; undefined between synchronisations. */
  readonly stage?: { readonly name: Stage; readonly since: Moment };
  readonly reloads: Outcomes<ReloadRecord>;
  readonly reloadDurations: Durations;
  readonly runtimeUpdates: Readonly<Record<RuntimeUpdateKind, Outcomes<RuntimeUpdateRecord>>>;
  readonly runtimeUpdateDurations: Readonly<Record<RuntimeUpdateKind, Durations>>;
  /** How many runtime commands all successful updates had. */
  readonly runtimeCommands: number;
  /** Changes that were impossible by runtime commands, or failed. */
  readonly runtimeFallbacks: number;
  readonly lastRuntimeFallback?: { readonly at: Moment; readonly message: string };
  readonly fetches: Readonly<Record<FetchKind, number>>;
  /** Apps that changed without an event. */
  readonly disagreements: number;
  readonly haproxy: Presence;
  readonly haproxyRestarts: number;
  readonly marathonErrors: number;
  readonly lastMarathonError?: { readonly at: Moment; readonly message: string };
  /** Whether Marathon's events arrive. Undefined in the modes without events. */
  readonly eventStream?: Presence;
  /** How they arrive; undefined in the same modes. */
  readonly eventSource?: EventSource;
  /** Connections to the stream, or subscriptions, after the first one. */
  readonly eventStreamReconnects: number;
  /** Whether the events of each cluster of `--cluster` arrive, by its name; none in the mode `poll`. */
  readonly clusterStreams: Readonly<Record<string, Presence>>;
  /** How many events of each type arrived. */
  readonly events: Readonly<Record<string, number>>;
  /** Of the last successful synchronisation: how many apps Marathon has, served or not. */
  readonly apps: number;
  readonly services: readonly Service[];
  readonly problems: readonly Problem[];
  /** Current faults that the other members do not show. */
  readonly alarms: readonly Alarm[];
  /** The last changes, the newest first. */
  readonly changes: readonly Change[];
}

/**
 * The state of a controller that has just started. @param eventSource how events arrive; undefined in modes without
 * events
 */
export function initialState(startedAt: Moment, eventSource: EventSource | undefined): ControllerState {
  const absent = { up: false, since: startedAt, reason: "it has not started yet" };
  const none = { ok: 0, failed: 0, last: [] };
  const noDurations = { ok: emptyHistogram, failed: emptyHistogram };
  return {
    startedAt,
    synchronisations: none,
    synchronisationDurations: noDurations,
    stageDurations: {
      fetch: emptyHistogram,
      generate: emptyHistogram,
      validate: emptyHistogram,
      apply: emptyHistogram,
    },
    reloads: none,
    reloadDurations: noDurations,
    runtimeUpdates: { certificates: none, servers: none },
    runtimeUpdateDurations: { certificates: noDurations, servers: noDurations },
    runtimeCommands: 0,
    runtimeFallbacks: 0,
    fetches: { all: 0, some: 0 },
    disagreements: 0,
    haproxy: absent,
    haproxyRestarts: 0,
    marathonErrors: 0,
    eventStream: eventSource && absent,
    eventSource,
    eventStreamReconnects: 0,
    clusterStreams: {},
    events: {},
    apps: 0,
    services: [],
    problems: [],
    alarms: [],
    changes: [],
  };
}

/** A point in time by two clocks: one for dates, and one that never jumps for durations. */
export interface Moment {
  /** Milliseconds since 1970. */
  readonly wall: number;
  /** Milliseconds since an arbitrary start, which all moments of a process share. */
  readonly monotonic: number;
}

/** The steps of a synchronisation, in their order. */
export const stages = ["fetch", "generate", "validate", "apply"] as const;

export type Stage = typeof stages[number];

/** Milliseconds spent in each stage; 0 for one that was not reached or not needed. */
export type StageDurations = Readonly<Record<Stage, number>>;

/** Adds the durations of one more synchronisation. */
export function observeStages(
  histograms: ControllerState["stageDurations"],
  durations: StageDurations,
): ControllerState["stageDurations"] {
  const reached = stages.filter((stage) => durations[stage] > 0);
  return {
    ...histograms,
    ...Object.fromEntries(reached.map((stage) => [stage, observe(histograms[stage], durations[stage])])),
  };
}

/** How apps are fetched from Marathon: all in one answer, or only those that events named. */
export const fetchKinds = ["all", "some"] as const;

export type FetchKind = typeof fetchKinds[number];

/** What runtime commands change in the running HAProxy, without a reload. */
export const runtimeUpdateKinds = ["certificates", "servers"] as const;

export type RuntimeUpdateKind = typeof runtimeUpdateKinds[number];

/**
 * How Marathon's events arrive: by its event stream (mode `sse`), or by callbacks to which the program subscribes (mode
 * `event`).
 */
export type EventSource = "stream" | "callbacks";

/** A certificate file of HAProxy: the properties of its certificate, or why it cannot be read. */
export type CertificateState =
  | {
    readonly path: string;
    readonly subject: string;
    readonly names: readonly string[];
    readonly serial: string;
    /** When it expires, in ISO 8601. */
    readonly notAfter: string;
  }
  | { readonly path: string; readonly error: string };

/**
 * Lasting faults that do not stop the controller from working. Each makes `/_mlb_health` answer 503. The texts are the
 * help of the metric.
 */
export const alarmTable = {
  certificate_refused:
    "a changed certificate file is invalid, or HAProxy refused it; the old certificate stays in service",
  certificate_left_out: "a file in a directory of --ssl-certs is no valid certificate and is left out",
  certificate_expired: "a certificate in service has expired",
  port_shared: "another process listens on a port of HAProxy and gets a part of its connections",
  haproxy_replaced:
    "the HAProxy executable was replaced by a version that the configuration is not generated for",
  static_apps_unusable:
    "a file of --static-apps is missing or holds no apps; its last good apps stay in service",
  cluster_away:
    "a Marathon of --cluster, or --marathon beside it, gives no answer; its last good apps stay in service",
} as const;

export type AlarmKind = keyof typeof alarmTable;

export const alarmKinds = Object.keys(alarmTable) as readonly AlarmKind[];

/** One fault. */
export interface AlarmReport {
  /** The subject, which has one alarm of a kind at most. */
  readonly subject: string;
  /** One sentence: what is wrong, and what to do. */
  readonly message: string;
}

export interface Alarm extends AlarmReport {
  readonly kind: AlarmKind;
  /** When it was found. */
  readonly since: Moment;
}

/** The alarms after everything of one kind was checked. Those of other kinds stay, and known ones keep their time. */
export function replaceAlarms(
  alarms: readonly Alarm[],
  kind: AlarmKind,
  reports: readonly AlarmReport[],
  now: Moment,
): readonly Alarm[] {
  const known = new Map(alarms.filter((alarm) => alarm.kind === kind).map((alarm) => [alarm.subject, alarm]));
  const others = alarms.filter((alarm) => alarm.kind !== kind);
  return [
    ...others,
    ...reports.map((report) => ({ ...report, kind, since: known.get(report.subject)?.since ?? now })),
  ];
}
