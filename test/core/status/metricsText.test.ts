import assert from "node:assert/strict";
import { metricTable } from "../../../lib/core/status/metricTable.ts";
import { metricsText } from "../../../lib/core/status/metricsText.ts";
import { initialState } from "../../../lib/core/status/initialState.ts";
import { version } from "../../../lib/core/version.ts";
import { serviceOf } from "../model/support/serviceOf.ts";
import { at, stateOf, syncAt } from "./support/stateOf.ts";

const limits = { failing: 60_000, stale: 900_000 };

/** The lines with values, without the prefix of their names. */
function values(text: string): string[] {
  return text.split("\n").filter((line) => line.startsWith("marathon_lb_")).map((line) =>
    line.replace("marathon_lb_", "")
  );
}

Deno.test("metricsText: a controller that has done its work", () => {
  const backend = { host: "a", ip: "10.0.0.1", port: 80, draining: false };
  const state = stateOf({
    lastSuccess: syncAt(10),
    synchronisations: { ok: 7, failed: 2, last: [] },
    reloads: { ok: 3, failed: 1, last: [{ at: at(9), reasons: [], milliseconds: 250 }] },
    runtimeUpdates: { certificates: { ok: 2, failed: 1, last: [] }, servers: { ok: 5, failed: 0, last: [] } },
    runtimeCommands: 14,
    runtimeFallbacks: 3,
    fetches: { all: 8, some: 21 },
    disagreements: 6,
    haproxyRestarts: 1,
    marathonErrors: 2,
    eventStreamReconnects: 4,
    events: { api_post_event: 5 },
    apps: 9,
    services: [serviceOf({ backends: [backend, backend] }), serviceOf({ backends: [backend] })],
    problems: [
      { severity: "excluded", app: "/a", message: "a" },
      { severity: "warning", app: "/b", message: "b" },
    ],
  });
  const certificates = [
    { path: "/c.pem", subject: "CN=*", names: [], serial: "1", notAfter: "2030-01-01T00:00:00.000Z" },
    { path: "/broken.pem", error: "holds no certificate" },
  ];
  assert.deepEqual(values(metricsText(state, at(11), limits, certificates)), [
    `info{version="${version}"} 1`,
    "healthy 1",
    "start_time_seconds 1600000000",
    "last_successful_synchronisation_timestamp_seconds 1600000010",
    'last_successful_synchronisation_duration_seconds{stage="fetch"} 1.5',
    'last_successful_synchronisation_duration_seconds{stage="generate"} 0.02',
    'last_successful_synchronisation_duration_seconds{stage="validate"} 0.3',
    'last_successful_synchronisation_duration_seconds{stage="apply"} 0.08',
    'synchronisations_total{result="ok"} 7',
    'synchronisations_total{result="failed"} 2',
    'reloads_total{result="ok"} 3',
    'reloads_total{result="failed"} 1',
    "last_reload_duration_seconds 0.25",
    'runtime_updates_total{kind="certificates",result="ok"} 2',
    'runtime_updates_total{kind="certificates",result="failed"} 1',
    'runtime_updates_total{kind="servers",result="ok"} 5',
    'runtime_updates_total{kind="servers",result="failed"} 0',
    "runtime_commands_total 14",
    "runtime_fallbacks_total 3",
    'marathon_fetches_total{kind="all"} 8',
    'marathon_fetches_total{kind="some"} 21',
    "unannounced_changes_total 6",
    "haproxy_up 1",
    "haproxy_restarts_total 1",
    "marathon_errors_total 2",
    "event_stream_connected 1",
    "event_stream_reconnects_total 4",
    'events_total{type="api_post_event"} 5',
    "apps 9",
    "services 2",
    "backends 3",
    "excluded_services 1",
    'certificate_expiry_timestamp_seconds{file="/c.pem"} 1893456000',
  ]);
});

Deno.test("metricsText: what is not known yet, or does not apply, is left out", () => {
  const names = values(metricsText(initialState(at(0), undefined), at(1), limits, [])).map((line) =>
    line.replace(/[{ ].*/, "")
  );
  assert.deepEqual(
    metricTable.map(({ name }) => name).filter((name) => !names.includes(name)),
    [
      "last_successful_synchronisation_timestamp_seconds",
      "last_successful_synchronisation_duration_seconds",
      "last_reload_duration_seconds",
      "event_stream_connected",
      "event_stream_reconnects_total",
      "events_total",
      "certificate_expiry_timestamp_seconds",
    ],
  );
});

Deno.test("metricTable: names as Prometheus wants them, each once", () => {
  const names = metricTable.map(({ name }) => name);
  assert.deepEqual(names, [...new Set(names)]);
  for (const { name, type, help } of metricTable) {
    assert.match(name, /^[a-z]+(_[a-z]+)*$/);
    assert.equal(name.endsWith("_total"), type === "counter", name);
    assert.match(help, /^[A-Z0-9].*\.$/, name);
  }
});
