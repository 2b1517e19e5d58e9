import { countBackends } from "../model/service.ts";
import { isConflict, isExclusion, type Problem, type ProblemCode, problemKinds } from "../problem.ts";
import { version } from "../version.ts";
import { type Health, type HealthLimits, healthOf } from "./health.ts";
import { type HistogramSample, histogramSamples } from "./histogram.ts";
import {
  alarmKinds,
  alarmTable,
  type CertificateState,
  type ControllerState,
  type Durations,
  fetchKinds,
  type Moment,
  runtimeUpdateKinds,
  stages,
} from "./state.ts";

/** A metric whose values are read from the state. */
export interface MetricRow extends Omit<Metric, "samples"> {
  readonly read: (
    state: ControllerState,
    health: Health,
    certificates: readonly CertificateState[],
  ) => readonly Sample[];
}

/** Every metric of the controller, without the prefix of its name; times are in seconds. */
export const metricTable: readonly MetricRow[] = [
  {
    name: "info",
    type: "gauge",
    help: "Always 1; the version is in the label.",
    read: () => [{ labels: { version }, value: 1 }],
  },
  {
    name: "healthy",
    type: "gauge",
    help: "1 while /_mlb_health answers 200, else 0.",
    read: (_, { healthy }) => truth(healthy),
  },
  {
    name: "start_time_seconds",
    type: "gauge",
    help: "When the controller started, in seconds since 1970.",
    read: ({ startedAt }) => one(startedAt.wall / 1000),
  },
  {
    name: "last_successful_synchronisation_timestamp_seconds",
    type: "gauge",
    help: "When the last successful synchronisation ended, in seconds since 1970.",
    read: ({ lastSuccess }) => lastSuccess ? one(lastSuccess.at.wall / 1000) : [],
  },
  {
    name: "last_successful_synchronisation_duration_seconds",
    type: "gauge",
    help: "How long the stages of the last successful synchronisation took.",
    read: ({ lastSuccess }) =>
      lastSuccess
        ? stages.map((stage) => ({ labels: { stage }, value: lastSuccess.durations[stage] / 1000 }))
        : [],
  },
  {
    name: "synchronisations_total",
    type: "counter",
    help: "Synchronisations with Marathon that have ended, by result.",
    read: ({ synchronisations }) => byResult(synchronisations),
  },
  {
    name: "synchronisation_duration_seconds",
    type: "histogram",
    help: "How long synchronisations with Marathon took, by result.",
    read: ({ synchronisationDurations }) => durationsByResult(synchronisationDurations),
  },
  {
    name: "synchronisation_stage_duration_seconds",
    type: "histogram",
    help: "How long the stages of synchronisations took. A stage with nothing to do does not count.",
    read: ({ stageDurations }) =>
      stages.flatMap((stage) => histogramSamples(stageDurations[stage], { stage })),
  },
  {
    name: "stage_start_timestamp_seconds",
    type: "gauge",
    help: "When the current stage of a synchronisation began, in seconds since 1970. Absent between " +
      "synchronisations.",
    read: ({ stage }) => stage ? [{ labels: { stage: stage.name }, value: stage.since.wall / 1000 }] : [],
  },
  {
    name: "reloads_total",
    type: "counter",
    help: "Reloads of HAProxy, by result.",
    read: ({ reloads }) => byResult(reloads),
  },
  {
    name: "last_reload_duration_seconds",
    type: "gauge",
    help: "How long the last reload of HAProxy took.",
    read: ({ reloads: { last: [reload] } }) => reload ? one(reload.milliseconds / 1000) : [],
  },
  {
    name: "reload_duration_seconds",
    type: "histogram",
    help: "How long reloads of HAProxy took, by result.",
    read: ({ reloadDurations }) => durationsByResult(reloadDurations),
  },
  {
    name: "runtime_updates_total",
    type: "counter",
    help: "Changes to the running HAProxy without a reload, by kind of change and by result.",
    read: ({ runtimeUpdates }) =>
      runtimeUpdateKinds.flatMap((kind) => byResult(runtimeUpdates[kind], { kind })),
  },
  {
    name: "runtime_update_duration_seconds",
    type: "histogram",
    help: "How long changes to the running HAProxy without a reload took, by kind of change and by result.",
    read: ({ runtimeUpdateDurations }) =>
      runtimeUpdateKinds.flatMap((kind) => durationsByResult(runtimeUpdateDurations[kind], { kind })),
  },
  {
    name: "runtime_commands_total",
    type: "counter",
    help: "Runtime commands that successful runtime updates used.",
    read: ({ runtimeCommands }) => one(runtimeCommands),
  },
  {
    name: "runtime_fallbacks_total",
    type: "counter",
    help:
      "Changes that needed a reload because runtime commands could not make them. The log gives the reason.",
    read: ({ runtimeFallbacks }) => one(runtimeFallbacks),
  },
  {
    name: "marathon_fetches_total",
    type: "counter",
    help: "Answers of Marathon, by kind: all apps, or only the apps that events named.",
    read: ({ fetches }) => fetchKinds.map((kind) => ({ labels: { kind }, value: fetches[kind] })),
  },
  {
    name: "unannounced_changes_total",
    type: "counter",
    help: "Apps whose change a fetch of all apps found without an event for it.",
    read: ({ disagreements }) => one(disagreements),
  },
  {
    name: "haproxy_up",
    type: "gauge",
    help: "1 while HAProxy runs, else 0.",
    read: ({ haproxy }) => truth(haproxy.up),
  },
  {
    name: "haproxy_restarts_total",
    type: "counter",
    help: "Restarts of HAProxy after it exited unexpectedly.",
    read: ({ haproxyRestarts }) => one(haproxyRestarts),
  },
  {
    name: "marathon_errors_total",
    type: "counter",
    help: "Synchronisations that failed because Marathon gave no valid answer.",
    read: ({ marathonErrors }) => one(marathonErrors),
  },
  {
    name: "event_stream_connected",
    type: "gauge",
    help:
      "1 while the event stream is connected, or while the callback subscription of mode event exists, else 0; " +
      "that of each --cluster has its name in the label.",
    read: ({ eventStream, clusterStreams }) => [
      ...eventStream ? truth(eventStream.up) : [],
      ...Object.entries(clusterStreams).map(([cluster, { up }]) => ({
        labels: { cluster },
        value: up ? 1 : 0,
      })),
    ],
  },
  {
    name: "event_stream_reconnects_total",
    type: "counter",
    help:
      "Connections to Marathon's event stream after the first one. In mode event: subscriptions after the " +
      "first one.",
    read: ({ eventStream, eventStreamReconnects }) => eventStream ? one(eventStreamReconnects) : [],
  },
  {
    name: "events_total",
    type: "counter",
    help: "Events received from Marathon, by the types that marathon-lb uses.",
    read: ({ events }) => Object.entries(events).map(([type, value]) => ({ labels: { type }, value })),
  },
  {
    name: "apps",
    type: "gauge",
    help: "All apps in Marathon, served or not.",
    read: ({ apps }) => one(apps),
  },
  {
    name: "services",
    type: "gauge",
    help: "Services (service ports of apps) in the configuration.",
    read: ({ services }) => one(services.length),
  },
  {
    name: "backends",
    type: "gauge",
    help: "Tasks of these services, draining ones included.",
    read: ({ services }) => one(countBackends(services)),
  },
  {
    name: "excluded_services",
    type: "gauge",
    help:
      "Apps and services that are left out or served with an earlier definition. /_mlb_status gives the " +
      "reasons.",
    read: ({ problems }) => one(problems.filter(isExclusion).length),
  },
  {
    name: "problems",
    type: "gauge",
    help:
      "Problems of apps in the last synchronisation, by code and severity. docs/problems.md has the codes.",
    read: ({ problems }) =>
      codes.filter((code) => problemKinds[code].severity !== "note").map((code) => ({
        labels: { code, severity: problemKinds[code].severity },
        value: countOf(problems, code),
      })),
  },
  {
    name: "conflicts",
    type: "gauge",
    help:
      "Problems where two apps, or an app and the load balancer, ask for the same name, port or vhost, by code.",
    read: ({ problems }) =>
      codes.filter((code) => isConflict({ code })).map((code) => ({
        labels: { code },
        value: countOf(problems, code),
      })),
  },
  {
    name: "alarms",
    type: "gauge",
    help: `Alarms that make /_mlb_health answer 503, by kind: ${
      Object.entries(alarmTable).map(([kind, what]) => `${kind}, ${what}`).join("; ")
    }.`,
    read: ({ alarms }) =>
      alarmKinds.map((kind) => ({
        labels: { kind },
        value: alarms.filter((alarm) => alarm.kind === kind).length,
      })),
  },
  {
    name: "certificate_expiry_timestamp_seconds",
    type: "gauge",
    help: "When a certificate expires, in seconds since 1970.",
    read: (_, __, certificates) =>
      certificates.flatMap((certificate) =>
        "notAfter" in certificate
          ? { labels: { file: certificate.path }, value: Date.parse(certificate.notAfter) / 1000 }
          : []
      ),
  },
];

const codes = Object.keys(problemKinds) as readonly ProblemCode[];

function countOf(problems: readonly Problem[], code: ProblemCode): number {
  return problems.filter((problem) => problem.code === code).length;
}

function one(value: number): readonly Sample[] {
  return [{ value }];
}

function truth(value: boolean): readonly Sample[] {
  return one(value ? 1 : 0);
}

function byResult(
  { ok, failed }: { ok: number; failed: number },
  labels: Readonly<Record<string, string>> = {},
): readonly Sample[] {
  return [
    { labels: { ...labels, result: "ok" }, value: ok },
    { labels: { ...labels, result: "failed" }, value: failed },
  ];
}

function durationsByResult(
  { ok, failed }: Durations,
  labels: Readonly<Record<string, string>> = {},
): readonly Sample[] {
  return [
    ...histogramSamples(ok, { ...labels, result: "ok" }),
    ...histogramSamples(failed, { ...labels, result: "failed" }),
  ];
}

/** One value of a metric. */
export interface Sample {
  /** The suffix of the metric's name; only for a histogram. */
  readonly suffix?: HistogramSample["suffix"];
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric with its values in Prometheus's terms. */
export interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** Its meaning and unit. */
  readonly help: string;
  /** A metric without samples is omitted. */
  readonly samples: readonly Sample[];
}

/** The content type of that text. */
export const metricsType = "text/plain; version=0.0.4; charset=utf-8";

/** Metrics in Prometheus's text format, version 0.0.4 (Prometheus documentation, "Exposition formats"). */
export function formatMetrics(metrics: readonly Metric[]): string {
  return metrics.filter(({ samples }) => samples.length > 0).map(({ name, type, help, samples }) =>
    [
      `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`,
      `# TYPE ${name} ${type}`,
      ...samples.map((sample) => `${name}${sample.suffix ?? ""}${formatLabels(sample)} ${sample.value}`),
    ].join("\n") + "\n"
  ).join("");
}

function formatLabels({ labels = {} }: Sample): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeValue(value)}"`);
  return pairs.length > 0 ? `{${pairs.join(",")}}` : "";
}

function escapeValue(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** The controller's own metrics, for `/_mlb_metrics`. */
export function metricsText(
  state: ControllerState,
  now: Moment,
  limits: HealthLimits,
  certificates: readonly CertificateState[],
): string {
  const health = healthOf(state, now, limits);
  return formatMetrics(metricTable.map(({ name, type, help, read }) => ({
    name: `marathon_lb_${name}`,
    type,
    help,
    samples: read(state, health, certificates),
  })));
}
