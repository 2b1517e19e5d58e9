import assert from "node:assert/strict";
import { formatMetrics, type Metric, metricsText, metricTable } from "../../../lib/core/status/metrics.ts";
import { isConflict, type ProblemCode, problemKinds, problemOf } from "../../../lib/core/problem.ts";
import { emptyHistogram, observe } from "../../../lib/core/status/histogram.ts";
import { initialState, replaceAlarms } from "../../../lib/core/status/state.ts";
import { version } from "../../../lib/core/version.ts";
import { serviceOf } from "../model/support/serviceOf.ts";
import { at, stateOf, syncAt } from "./support/stateOf.ts";

const metric: Metric = { name: "things", type: "gauge", help: "Things.", samples: [] };

const cases: readonly [name: string, metrics: readonly Metric[], text: string][] = [
  ["nothing", [], ""],
  [
    "a histogram, whose values have suffixes",
    [{
      ...metric,
      type: "histogram",
      samples: [{ suffix: "_bucket", labels: { le: "+Inf" }, value: 1 }, { suffix: "_sum", value: 0.5 }],
    }],
    '# HELP things Things.\n# TYPE things histogram\nthings_bucket{le="+Inf"} 1\nthings_sum 0.5\n',
  ],
  ["a metric without values", [metric], ""],
  [
    "a value",
    [{ ...metric, samples: [{ value: 1.5 }] }],
    "# HELP things Things.\n# TYPE things gauge\nthings 1.5\n",
  ],
  [
    "values by labels",
    [{
      ...metric,
      type: "counter",
      samples: [{ labels: { a: "x", b: "y" }, value: 0 }, { labels: {}, value: 2 }],
    }],
    '# HELP things Things.\n# TYPE things counter\nthings{a="x",b="y"} 0\nthings 2\n',
  ],
  [
    "what has to be escaped",
    [{ ...metric, help: 'a\\b\n"c"', samples: [{ labels: { file: 'a\\b\n"c"' }, value: 1 }] }],
    '# HELP things a\\\\b\\n"c"\n# TYPE things gauge\nthings{file="a\\\\b\\n\\"c\\""} 1\n',
  ],
];

for (const [name, metrics, text] of cases) {
  Deno.test(`formatMetrics: ${name}`, () => assert.equal(formatMetrics(metrics), text));
}

const limits = { failing: 60_000, stage: 90_000, stale: 900_000 };

/** What has a test of its own: one line for each bucket or code. */
const many = /^(?:\w+_duration_seconds_(?:bucket|sum|count)|problems|conflicts)\{/;

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
    stage: { name: "validate", since: at(8) },
    reloads: { ok: 3, failed: 1, last: [{ at: at(9), reasons: [], milliseconds: 250 }] },
    runtimeUpdates: { certificates: { ok: 2, failed: 1, last: [] }, servers: { ok: 5, failed: 0, last: [] } },
    runtimeCommands: 14,
    runtimeFallbacks: 3,
    fetches: { all: 8, some: 21 },
    disagreements: 6,
    haproxyRestarts: 1,
    marathonErrors: 2,
    eventStreamReconnects: 4,
    clusterStreams: { east: { up: false, since: at(3), reason: "ended" } },
    events: { api_post_event: 5 },
    apps: 9,
    services: [serviceOf({ backends: [backend, backend] }), serviceOf({ backends: [backend] })],
    problems: [
      { code: "app-unreadable", severity: "excluded", app: "/a", message: "a" },
      { code: "task-unfit", severity: "warning", app: "/b", message: "b" },
    ],
    alarms: replaceAlarms([], "port_shared", [{ subject: "80 of ::", message: "Port 80 of :: …" }], at(10)),
  });
  const certificates = [
    { path: "/c.pem", subject: "CN=*", names: [], serial: "1", notAfter: "2030-01-01T00:00:00.000Z" },
    { path: "/broken.pem", error: "holds no certificate" },
  ];
  const lines = values(metricsText(state, at(11), limits, certificates)).filter((line) => !many.test(line));
  assert.deepEqual(lines, [
    `info{version="${version}"} 1`,
    "healthy 0",
    "start_time_seconds 1600000000",
    "last_successful_synchronisation_timestamp_seconds 1600000010",
    'last_successful_synchronisation_duration_seconds{stage="fetch"} 1.5',
    'last_successful_synchronisation_duration_seconds{stage="generate"} 0.02',
    'last_successful_synchronisation_duration_seconds{stage="validate"} 0.3',
    'last_successful_synchronisation_duration_seconds{stage="apply"} 0.08',
    'synchronisations_total{result="ok"} 7',
    'synchronisations_total{result="failed"} 2',
    'stage_start_timestamp_seconds{stage="validate"} 1600000008',
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
    'event_stream_connected{cluster="east"} 0',
    "event_stream_reconnects_total 4",
    'events_total{type="api_post_event"} 5',
    "apps 9",
    "services 2",
    "backends 3",
    "excluded_services 1",
    'alarms{kind="certificate_refused"} 0',
    'alarms{kind="certificate_left_out"} 0',
    'alarms{kind="certificate_expired"} 0',
    'alarms{kind="port_shared"} 1',
    'alarms{kind="haproxy_replaced"} 0',
    'alarms{kind="static_apps_unusable"} 0',
    'alarms{kind="cluster_away"} 0',
    'certificate_expiry_timestamp_seconds{file="/c.pem"} 1893456000',
  ]);
});

Deno.test("metricsText: durations of synchronisations, stages, reloads and runtime updates are histograms", () => {
  const once = (milliseconds: number) => observe(emptyHistogram, milliseconds);
  const took = (milliseconds: number) => ({ ok: once(milliseconds), failed: emptyHistogram });
  const none = { ok: emptyHistogram, failed: emptyHistogram };
  const state = stateOf({
    synchronisationDurations: took(1_900),
    stageDurations: { ...initialState(at(0), undefined).stageDurations, validate: once(300) },
    reloadDurations: { ok: emptyHistogram, failed: once(20_000) },
    runtimeUpdateDurations: { certificates: none, servers: took(4) },
  });
  const lines = values(metricsText(state, at(11), limits, []));
  for (
    const line of [
      'synchronisation_duration_seconds_bucket{result="ok",le="1"} 0',
      'synchronisation_duration_seconds_bucket{result="ok",le="2.5"} 1',
      'synchronisation_duration_seconds_bucket{result="ok",le="+Inf"} 1',
      'synchronisation_duration_seconds_sum{result="ok"} 1.9',
      'synchronisation_duration_seconds_count{result="ok"} 1',
      'synchronisation_duration_seconds_count{result="failed"} 0',
      'synchronisation_stage_duration_seconds_bucket{stage="validate",le="0.5"} 1',
      'synchronisation_stage_duration_seconds_count{stage="apply"} 0',
      'reload_duration_seconds_bucket{result="failed",le="10"} 0',
      'reload_duration_seconds_bucket{result="failed",le="30"} 1',
      'reload_duration_seconds_count{result="ok"} 0',
      'runtime_update_duration_seconds_bucket{kind="servers",result="ok",le="0.005"} 1',
      'runtime_update_duration_seconds_count{kind="certificates",result="ok"} 0',
    ]
  ) assert.ok(lines.includes(line), `${line} is not in\n${lines.join("\n")}`);
});

Deno.test("metricsText: problems by code and severity, and conflicts by code, 0 where there are none", () => {
  const problems = [
    problemOf("port-taken", { app: "/a", index: 0 }, "/a"),
    problemOf("port-taken", { app: "/b", index: 0 }, "/b"),
    problemOf("name-taken", { app: "/c", index: 0 }, "/c"),
    problemOf("task-unfit", { app: "/d", index: 0 }, "/d"),
    problemOf("no-task", { app: "/e", index: 0 }, "/e"),
  ];
  const lines = values(metricsText(stateOf({ problems }), at(11), limits, []));
  for (
    const line of [
      'problems{code="port-taken",severity="warning"} 2',
      'problems{code="name-taken",severity="excluded"} 1',
      'problems{code="task-unfit",severity="warning"} 1',
      'problems{code="vhost-taken",severity="warning"} 0',
      'conflicts{code="port-taken"} 2',
      'conflicts{code="name-taken"} 1',
      'conflicts{code="vhost-taken"} 0',
      "excluded_services 1",
    ]
  ) assert.ok(lines.includes(line), `${line} is not in\n${lines.join("\n")}`);
  assert.ok(!lines.some((line) => line.includes("no-task")), "notes are normal states");
  const codes = Object.keys(problemKinds) as ProblemCode[];
  assert.equal(
    lines.filter((line) => line.startsWith("conflicts{")).length,
    codes.filter((code) => isConflict({ code })).length,
  );
});

Deno.test("metricsText: what is not known yet, or does not apply, is left out", () => {
  const names = values(metricsText(initialState(at(0), undefined), at(1), limits, [])).map((line) =>
    line.replace(/[{ ].*/, "")
  );
  assert.deepEqual(
    metricTable.map(({ name, type }) => type === "histogram" ? `${name}_count` : name)
      .filter((name) => !names.includes(name)),
    [
      "last_successful_synchronisation_timestamp_seconds",
      "last_successful_synchronisation_duration_seconds",
      "stage_start_timestamp_seconds",
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
