import fc from "fast-check";

type Json = Record<string, unknown>;

const host = fc.integer({ min: 1, max: 9 }).map((last) => `10.0.0.${last}`);
const port = fc.integer({ min: 31000, max: 31005 });

const task = fc.record({
  id: fc.stringMatching(/^[a-z]{1,3}$/),
  host,
  state: fc.constantFrom("TASK_RUNNING", "TASK_RUNNING", "TASK_LOST", "TASK_STAGING"),
  ports: fc.array(port, { maxLength: 3 }),
  ipAddresses: fc.array(fc.record({ ipAddress: host }), { maxLength: 1 }),
  healthCheckResults: fc.option(fc.array(fc.record({ alive: fc.boolean() }), { maxLength: 2 })),
});

const healthCheck = fc.record({
  protocol: fc.constantFrom("HTTP", "TCP", "MESOS_HTTP"),
  portIndex: fc.integer({ min: 0, max: 1 }),
  path: fc.constantFrom("/", "/ping"),
});

const vhost = fc.constantFrom("a.com", "b.com", "a.com,b.com", "c.com", "*.c.com");
const perService: Record<string, fc.Arbitrary<string>> = {
  VHOST: vhost,
  PATH: fc.constantFrom("/x", "-i /x /y"),
  AUTH: fc.constantFrom("r:alice:$5$a", "s:bob:$5$b"),
  STICKY: fc.constantFrom("true", "no"),
  REDIRECT_TO_HTTPS: fc.constantFrom("true", "no"),
  BACKEND_WEIGHT: fc.integer({ min: -2, max: 2 }).map(String),
  PORT: fc.integer({ min: 10000, max: 10003 }).map(String),
  MODE: fc.constantFrom("tcp", "http", "http", "http", "bad"),
  ENABLED: fc.constantFrom("yes", "yes", "yes", "no"),
  GROUP: fc.constantFrom("a", "b", ""),
  BACKEND_NETWORK_ALLOWED_ACL: fc.constant("10.0.0.0/8 ::1"),
  BACKEND_HEALTHCHECK_PORT_INDEX: fc.constantFrom("0", "1", "9"),
};
const labels = fc.record(
  Object.fromEntries(
    [0, 1].flatMap((index) =>
      Object.entries(perService).map(([name, value]) => [`HAPROXY_${index}_${name}`, value])
    ),
  ),
  { requiredKeys: [] },
);

const app: fc.Arbitrary<Json> = fc.record({
  instances: fc.integer({ min: 0, max: 4 }),
  labels,
  networks: fc.array(fc.record({ mode: fc.constantFrom("host", "container/bridge", "container") }), {
    maxLength: 1,
  }),
  container: fc.record({
    portMappings: fc.array(
      fc.record({
        containerPort: fc.integer({ min: 80, max: 82 }),
        servicePort: fc.integer({ min: 10000, max: 10005 }),
      }, {
        requiredKeys: ["containerPort"],
      }),
      { maxLength: 2 },
    ),
  }),
  portDefinitions: fc.array(fc.record({ port: fc.integer({ min: 10000, max: 10009 }) }), { maxLength: 3 }),
  healthChecks: fc.array(healthCheck, { maxLength: 2 }),
  tasks: fc.array(task, { maxLength: 4 }),
});

/** The labels that make both sides of a blue/green deployment, with dates that differ and one that may be bad. */
function pair(
  group: string,
  [first, second]: [Json, Json],
  [blue, green]: [string, string],
  hybrid: boolean,
): Json[] {
  const side = (app: Json, started: string): Json => ({
    ...app,
    id: `/${group}-${started === blue ? "blue" : "green"}`,
    versionInfo: { lastScalingAt: started },
    labels: {
      ...app.labels as Json,
      HAPROXY_DEPLOYMENT_GROUP: group,
      HAPROXY_DEPLOYMENT_STARTED_AT: started,
      ...(hybrid && { HAPROXY_DEPLOYMENT_NEW_INSTANCES: "1", HAPROXY_DEPLOYMENT_TARGET_INSTANCES: "3" }),
    },
  });
  return [side(first, blue), side(second, green)];
}

const dates = fc.constantFrom<[string, string]>(
  ["2024-01-01T00:00:00.000001Z", "2024-01-01T00:00:00.000002Z"],
  ["2024-01-02", "2024-01-01"],
  ["2024-01-01", "no date"],
);

/** Apps of all kinds that Marathon could send: ids differ, everything else may clash. */
export const arbitraryApps: fc.Arbitrary<Json[]> = fc.tuple(
  fc.uniqueArray(fc.stringMatching(/^\/[ab]{1,2}([/_][ab])?$/), { maxLength: 5 })
    .chain((ids) => fc.tuple(...ids.map((id) => app.map((members): Json => ({ ...members, id }))))),
  fc.array(fc.tuple(fc.tuple(app, app), dates, fc.boolean()), { maxLength: 2 })
    .map((pairs) =>
      pairs.flatMap(([sides, dates, hybrid], rank) => pair(`pair${rank}`, sides, dates, hybrid))
    ),
).map(([singles, pairs]) => [...singles, ...pairs]);
