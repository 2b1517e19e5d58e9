import { version } from "../version.ts";
import type { CertificateState } from "./CertificateState.ts";
import type { ControllerState } from "./ControllerState.ts";
import { countBackends } from "../model/countBackends.ts";
import { fetchKinds } from "./FetchKind.ts";
import type { Health } from "./healthOf.ts";
import { isExclusion } from "../problem/isExclusion.ts";
import type { Metric, Sample } from "./Metric.ts";
import { runtimeUpdateKinds } from "./RuntimeUpdateKind.ts";
import { stages } from "./Stage.ts";

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
    help: "When the controller was started, in seconds since 1970.",
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
    name: "runtime_updates_total",
    type: "counter",
    help: "Changes of the running HAProxy without a reload, by what was to be changed and by result.",
    read: ({ runtimeUpdates }) =>
      runtimeUpdateKinds.flatMap((kind) => byResult(runtimeUpdates[kind], { kind })),
  },
  {
    name: "runtime_commands_total",
    type: "counter",
    help: "Runtime commands that those of them which went well took.",
    read: ({ runtimeCommands }) => one(runtimeCommands),
  },
  {
    name: "runtime_fallbacks_total",
    type: "counter",
    help: "Changes that runtime commands could not make, so that HAProxy was reloaded; the log says why.",
    read: ({ runtimeFallbacks }) => one(runtimeFallbacks),
  },
  {
    name: "marathon_fetches_total",
    type: "counter",
    help: "Answers of Marathon, by whether they were about all apps or only some that events had named.",
    read: ({ fetches }) => fetchKinds.map((kind) => ({ labels: { kind }, value: fetches[kind] })),
  },
  {
    name: "unannounced_changes_total",
    type: "counter",
    help: "Apps that were found changed by a fetch of all apps, without an event that told of it.",
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
    help: "How often HAProxy was started again after it had ended by itself.",
    read: ({ haproxyRestarts }) => one(haproxyRestarts),
  },
  {
    name: "marathon_errors_total",
    type: "counter",
    help: "Synchronisations that failed because Marathon did not answer as it should.",
    read: ({ marathonErrors }) => one(marathonErrors),
  },
  {
    name: "event_stream_connected",
    type: "gauge",
    help:
      "1 while Marathon's event stream is connected, or in mode event its callbacks are subscribed to, else 0.",
    read: ({ eventStream }) => eventStream ? truth(eventStream.up) : [],
  },
  {
    name: "event_stream_reconnects_total",
    type: "counter",
    help: "Connections to Marathon's event stream, or in mode event subscriptions, after the first one.",
    read: ({ eventStream, eventStreamReconnects }) => eventStream ? one(eventStreamReconnects) : [],
  },
  {
    name: "events_total",
    type: "counter",
    help: "Events received from Marathon, of the types that matter.",
    read: ({ events }) => Object.entries(events).map(([type, value]) => ({ labels: { type }, value })),
  },
  {
    name: "apps",
    type: "gauge",
    help: "Apps that Marathon has, served or not.",
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
    help: "Apps and services that are left out or served as they were; /_mlb_status says why.",
    read: ({ problems }) => one(problems.filter(isExclusion).length),
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
