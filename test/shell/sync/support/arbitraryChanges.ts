import fc from "fast-check";
import { arbitraryApps } from "../../../core/render/support/arbitraryApps.ts";

export type AppJson = Record<string, unknown> & { readonly id: string };
type TaskJson = Record<string, unknown>;

/** What happens to a cluster: the apps afterwards, and the ids of those that Marathon tells of. */
export interface Step {
  /** Whether all apps are asked for. */
  readonly full: boolean;
  readonly edits: readonly Edit[];
}

/** Changes the list of apps in place; the ids of the apps that an event is about. */
export type Edit = (apps: AppJson[]) => readonly string[];

const rank = fc.nat({ max: 30 });
const pool = arbitraryApps.filter((apps) => apps.length > 0).map((apps) => apps as AppJson[]);
const member = fc.tuple(pool, rank).map(([apps, rank]) => apps[rank % apps.length]!);

/** An edit of one app that is there. */
function editOf<Value>(value: fc.Arbitrary<Value>, change: (app: AppJson, value: Value) => AppJson) {
  return fc.tuple(rank, value).map(([rank, value]): Edit => (apps) => {
    if (apps.length === 0) return [];
    const index = rank % apps.length;
    apps[index] = change(apps[index]!, value);
    return [apps[index]!.id];
  });
}

function tasksOf(app: AppJson): readonly TaskJson[] {
  return app.tasks as readonly TaskJson[];
}

/** An edit of one task of an app, where it has any. */
function taskEdit(change: (task: TaskJson, value: number) => TaskJson[]) {
  return editOf(fc.tuple(rank, rank), (app, [rank, value]) => {
    const tasks = tasksOf(app);
    if (tasks.length === 0) return app;
    return {
      ...app,
      tasks: tasks.flatMap((task, at) => at === rank % tasks.length ? change(task, value) : task),
    };
  });
}

const alive = [{ alive: true }];
const task = (rank: number, ports: readonly number[]): TaskJson => ({
  id: `t${rank}`,
  host: `10.0.2.${rank}`,
  ports,
  ipAddresses: [{ ipAddress: `10.9.2.${rank}` }],
  healthCheckResults: alive,
});
const checks = [0, 1].map((portIndex) => ({ protocol: "HTTP", portIndex, path: "/" }));

/** Apps that serve, and have to do with each other. */
const lively: readonly AppJson[] = [
  // The check of the first port asks the second.
  {
    id: "/two",
    labels: { HAPROXY_0_BACKEND_HEALTHCHECK_PORT_INDEX: "1" },
    portDefinitions: [{ port: 10_011 }, { port: 10_012 }],
    healthChecks: checks.slice(1),
    tasks: [task(1, [31_001, 31_002]), task(2, [31_001, 31_002])],
  },
  // Their rules would have one name, and so would the ACLs of their ids.
  ...["/x/y", "/x_y", "/x-y"].map((id, rank) => ({
    id,
    labels: { HAPROXY_0_VHOST: "a.com" },
    portDefinitions: [{ port: 10_021 + rank }],
    healthChecks: checks.slice(0, 1),
    tasks: [task(rank + 3, [31_003])],
  })),
  // Their ports are assigned, from a range that is full with three of them.
  ...[1, 2, 3].map((rank) => ({
    id: `/ip/${rank}`,
    labels: {},
    networks: [{ mode: "container" }],
    container: { portMappings: [{ containerPort: 80 }, { containerPort: 81 }] },
    healthChecks: [],
    tasks: [task(rank + 6, [31_004])],
  })),
  // Both sides of a deployment, neither of which says which is older; the group is named after an app.
  ...["/blue", "/green"].map((id, rank) => ({
    id,
    instances: 1,
    labels: { HAPROXY_DEPLOYMENT_GROUP: "two" },
    portDefinitions: [{ port: 10_030 + rank }],
    healthChecks: [],
    tasks: [task(rank + 9, [31_005])],
  })),
];

const labels: Record<string, readonly (string | undefined)[]> = {
  HAPROXY_0_VHOST: [undefined, "a.com", "a.com,d.com", "*.d.com", "b.com"],
  HAPROXY_0_PATH: [undefined, "/x", "/y", "/", "/x/y"],
  HAPROXY_0_TRAFFIC_SHARE: [undefined, "10", "rest", "0"],
  HAPROXY_0_TRAFFIC_SHARE_STICKY: [undefined, "true"],
  HAPROXY_0_STICKY: [undefined, "true"],
  HAPROXY_0_USE_HSTS: [undefined, "true"],
  HAPROXY_0_MODE: [undefined, "http", "tcp"],
  HAPROXY_0_ENABLED: [undefined, "false"],
  HAPROXY_0_GROUP: [undefined, "a", "b"],
  HAPROXY_0_PORT: [undefined, "10001", "10002"],
  HAPROXY_0_EXPOSE_PORT: [undefined, "true", "false"],
  HAPROXY_0_BIND_ADDR: [undefined, "127.0.0.1"],
  HAPROXY_0_REDIRECT_TO_HTTPS: [undefined, "true"],
  HAPROXY_0_BACKEND_WEIGHT: [undefined, "3", "-3"],
  HAPROXY_0_BALANCE: [undefined, "leastconn"],
  HAPROXY_0_BACKEND_HTTP_OPTIONS: [undefined, "  rspadd X:\\ y\n", "  option {nonsense}\n"],
  HAPROXY_0_BACKEND_SERVER_OPTIONS: [
    undefined,
    "  server {serverName} {host_ipv4}:{port} weight 5{otherOptions}\n",
    // Brought to today's wording, with a warning that tells of it.
    "  rspadd H:\\ {host_ipv4}\n  server {serverName} {host_ipv4}:{port}{otherOptions}\n",
  ],
  HAPROXY_DEPLOYMENT_GROUP: [undefined, "pair0", "a", "a/b"],
  HAPROXY_DEPLOYMENT_STARTED_AT: [undefined, "2024-01-01", "2024-01-02"],
  HAPROXY_DEPLOYMENT_NEW_INSTANCES: [undefined, "1"],
  HAPROXY_DEPLOYMENT_TARGET_INSTANCES: [undefined, "2", "many"],
};
const label = fc.constantFrom(...Object.entries(labels)).chain(([name, values]) =>
  fc.tuple(fc.constant(name), fc.constantFrom(...values))
);

/** Tasks come, go, move, become unhealthy, change their state, or are listed in another order. */
const taskEdits: fc.Arbitrary<Edit>[] = [
  editOf(fc.tuple(member, rank), (app, [{ tasks }, salt]) => ({
    ...app,
    tasks: [...tasksOf(app), ...(tasks as TaskJson[]).map((task) => ({ ...task, id: `${task.id}${salt}` }))],
  })),
  taskEdit(() => []),
  taskEdit((task, value) => [{ ...task, ports: [31_000 + value, 31_001 + value] }]),
  taskEdit((task, value) => [{ ...task, ports: [...(task.ports as number[]).slice(0, -1), 31_000 + value] }]),
  taskEdit((task, value) => [{ ...task, host: `10.0.1.${value}` }]),
  taskEdit((task, value) => [{ ...task, host: `agent-${value % 3}` }]),
  taskEdit((task, value) => [{ ...task, ipAddresses: [{ ipAddress: `10.9.0.${value}` }] }]),
  taskEdit((task, value) => [{ ...task, healthCheckResults: [{ alive: value % 2 === 0 }] }]),
  taskEdit((task) => [{ ...task, healthCheckResults: undefined }]),
  taskEdit((task, value) => [{ ...task, state: ["TASK_RUNNING", "TASK_KILLING", "TASK_LOST"][value % 3] }]),
  taskEdit((task) => [task, { ...task, id: `${task.id}-twin` }]),
  editOf(fc.constant(undefined), (app) => ({ ...app, tasks: tasksOf(app).toReversed() })),
  editOf(fc.integer({ min: 0, max: 4 }), (app, instances) => ({ ...app, instances })),
];

const appEdits: fc.Arbitrary<Edit>[] = [
  editOf(
    label,
    (app, [name, value]) => ({ ...app, labels: { ...app.labels as object, [name]: value ?? null } }),
  ),
  editOf(member, (app, other) => ({ ...other, id: app.id })),
  editOf(fc.constant(undefined), (app) => ({ ...app, labels: { ...app.labels as object, broken: 5 } })),
  editOf(fc.constant(undefined), (app) => ({ ...app, labels: {} })),
  editOf(fc.integer({ min: 1, max: 4 }), (app, month) => ({
    ...app,
    versionInfo: { lastConfigChangeAt: `2024-0${month}-01T00:00:00Z` },
  })),
  // An event that tells of nothing.
  editOf(fc.constant(undefined), (app) => structuredClone(app)),
  fc.tuple(fc.oneof(member, fc.constantFrom(...lively)), rank).map(([app, place]): Edit => (apps) => {
    if (apps.some(({ id }) => id === app.id)) return [];
    apps.splice(place % (apps.length + 1), 0, app);
    return [app.id];
  }),
  rank.map((rank): Edit => (apps) => apps.splice(rank % Math.max(1, apps.length), 1).map(({ id }) => id)),
];

const edit = fc.oneof(
  { weight: 3, arbitrary: fc.oneof(...taskEdits) },
  { weight: 2, arbitrary: fc.oneof(...appEdits) },
);

/** A cluster, and what happens to it. */
export const arbitraryHistory: fc.Arbitrary<{ apps: readonly AppJson[]; steps: readonly Step[] }> = fc.record(
  {
    apps: fc.tuple(arbitraryApps, fc.subarray([...lively])).map((
      [apps, some],
    ) => [...apps as AppJson[], ...some]),
    steps: fc.array(
      fc.record({
        full: fc.integer({ min: 0, max: 7 }).map((chance) => chance === 0),
        edits: fc.array(edit, { minLength: 1, maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  },
);
