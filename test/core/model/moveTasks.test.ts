import assert from "node:assert/strict";
import type { App } from "../../../lib/core/marathon/app.ts";
import type { ModelContext } from "../../../lib/core/model/context.ts";
import { buildServices } from "../../../lib/core/model/buildServices.ts";
import { holdingsOf } from "../../../lib/core/model/incumbents.ts";
import { moveTasks } from "../../../lib/core/model/moveTasks.ts";
import { serviceOf } from "./support/serviceOf.ts";
import type { Service } from "../../../lib/core/model/service.ts";
import { appOf } from "./support/appOf.ts";
import { marathonTask } from "./support/marathonTask.ts";
import { modelContext } from "./support/modelContext.ts";

const task = (rank: number, members: Record<string, unknown> = {}) =>
  marathonTask({ id: `web.${rank}`, host: `10.0.0.${rank}`, ...members });
const others = [
  appOf({ id: "/api", portDefinitions: [{ port: 10_002 }] }),
  appOf({
    id: "/zoo",
    portDefinitions: [{ port: 10_003 }, { port: 10_004 }],
    tasks: [marathonTask({ ports: [1, 2] })],
  }),
];
const web = (members: Record<string, unknown> = {}) => appOf({ tasks: [task(1)], ...members });

/** What `moveTasks` makes of one app that changes among others. */
function move(before: App | undefined, after: App | undefined, context: ModelContext = modelContext()) {
  const apps = [...others, ...(before ? [before] : [])];
  const model = buildServices(apps, context);
  return { model, moved: moveTasks(model, [{ before, after }], context) };
}

const moves: [what: string, before: App, after: App, backends: string[]][] = [
  ["a task comes", web(), web({ tasks: [task(1), task(2)] }), ["10.0.0.1", "10.0.0.2"]],
  ["a task goes", web({ tasks: [task(1), task(2)] }), web({ tasks: [task(2)] }), ["10.0.0.2"]],
  ["a task moves", web(), web({ tasks: [task(3)] }), ["10.0.0.3"]],
  [
    "a task is not ready",
    web({ tasks: [task(1), task(2)] }),
    web({ tasks: [task(1), task(2, { state: "TASK_KILLING" })] }),
    [
      "10.0.0.1",
    ],
  ],
  [
    "the number of instances changes too",
    web({ instances: 1 }),
    web({ instances: 2, tasks: [task(1), task(2)] }),
    [
      "10.0.0.1",
      "10.0.0.2",
    ],
  ],
];
for (const [what, before, after, hosts] of moves) {
  Deno.test(`moveTasks: ${what}`, () => {
    const { model, moved } = move(before, after);
    assert.ok(moved);
    assert.deepEqual([...moved.moves].map(([one, other]) => [one.appId, other.appId]), [["/web", "/web"]]);
    const [from, to] = [...moved.moves][0]!;
    assert.deepEqual(to.backends.map(({ host }) => host), hosts);
    assert.ok(model.services.includes(from));
    const whole = buildServices([...others, after], modelContext());
    assert.deepEqual(moved.model.services, whole.services);
    assert.deepEqual(moved.model.problems, whole.problems);
    // Those of other apps are the objects that they were.
    assert.deepEqual(
      moved.model.services.map((service, index) => service === model.services[index]),
      model.services.map(({ appId }) => appId !== "/web"),
    );
  });
}

Deno.test("moveTasks: nothing that matters changed: no moves, and the services are the list that they were", () => {
  for (
    const after of [
      web({ instances: 9 }),
      web({ labels: { owner: "me" } }),
      web({ tasks: [task(1, { id: "x" })] }),
    ]
  ) {
    const { model, moved } = move(web(), after);
    assert.equal(moved?.moves.size, 0);
    assert.equal(moved?.model.services, model.services);
  }
  const model = buildServices(others, modelContext());
  assert.equal(moveTasks(model, [], modelContext())?.model, model);
});

Deno.test("moveTasks: problems of the app's tasks come and go", () => {
  const { moved } = move(web(), web({ tasks: [task(1), task(2, { host: undefined })] }));
  assert.deepEqual(moved?.model.problems.map(({ app }) => app), ["/web"]);
  const back = moveTasks(moved!.model, [{ before: web(), after: web() }], modelContext());
  assert.deepEqual(back?.model.problems, []);
});

Deno.test("moveTasks: verdicts of the app's tasks are reported", () => {
  const ill = (alive: boolean) => task(1, { healthCheckResults: [{ alive }] });
  const app = (alive: boolean) =>
    web({
      healthChecks: [{ protocol: "HTTP", portIndex: 0 }],
      tasks: [ill(alive), task(2, { healthCheckResults: [{ alive: true }] })],
    });
  const { moved } = move(app(true), app(false), modelContext({ healthCheck: true }));
  assert.deepEqual([...moved!.model.verdicts], [["web.1", false], ["web.2", true]]);
  assert.deepEqual([...moved!.moves.values()].map(({ backends }) => backends.length), [1]);
});

Deno.test("moveTasks: one service of several moves alone", () => {
  const [before, after] = [[7, 8], [7, 9]].map((ports) =>
    web({ portDefinitions: [{ port: 10_010 }, { port: 10_011 }], tasks: [task(1, { ports })] })
  );
  const { moved } = move(before!, after!);
  assert.deepEqual([...moved!.moves.values()].map(({ index, backends }) => [index, backends[0]!.port]), [[
    1,
    9,
  ]]);
});

Deno.test("moveTasks: a service that is left out for a name that another has stays out", () => {
  // /a/b stands first, and makes the same name.
  const twins = (tasks: unknown[]) => [appOf({ id: "/a/b", tasks: [task(5)] }), appOf({ id: "/a_b", tasks })];
  const [, before] = twins([task(1)]);
  const [first, after] = twins([task(1), task(2)]);
  const model = buildServices([first!, before!], modelContext());
  const moved = moveTasks(model, [{ before, after }], modelContext());
  assert.equal(moved?.moves.size, 0);
  assert.deepEqual(moved?.model.services, model.services);
  assert.deepEqual(moved?.model.problems, model.problems);
});

const limits: [what: string, members: Record<string, unknown>, limited: Partial<Service>][] = [
  // The port is that of /api, which stands first.
  ["its port", { portDefinitions: [{ port: 10_002 }] }, { frontend: false }],
  ["its vhost", { labels: { HAPROXY_0_VHOST: "a.com" } }, { labels: { VHOST: [] } }],
];
for (const [what, members, limited] of limits) {
  Deno.test(`moveTasks: a service moves that another app keeps ${what} from`, () => {
    const holder = appOf({ id: "/other", portDefinitions: [{ port: 10_009 }], tasks: [task(9)] });
    const held = holdingsOf([serviceOf({ appId: "/other", port: 10_009, labels: { VHOST: ["a.com"] } })]);
    const incumbents = { ...held, names: new Map(), binds: new Map() };
    const context = modelContext({ incumbents });
    const all = (one: App) => [
      ...others,
      { ...holder, labels: { HAPROXY_0_VHOST: "a.com" } },
      one,
    ];
    const [before, after] = [web(members), web({ ...members, tasks: [task(1), task(2)] })];
    const model = buildServices(all(before), context);
    const moved = moveTasks(model, [{ before, after }], context)!;
    const [[from, to]] = [...moved.moves] as [[Service, Service]];
    assert.deepEqual([from.frontend, from.labels.VHOST], [limited.frontend, limited.labels?.VHOST]);
    assert.ok(model.services.includes(from));
    assert.deepEqual([to.frontend, to.labels.VHOST, to.backends.length], [
      from.frontend,
      from.labels.VHOST,
      2,
    ]);
    const whole = buildServices(all(after), context);
    assert.deepEqual(moved.model.services, whole.services);
    assert.deepEqual(moved.model.problems, whole.problems);
    assert.deepEqual([...moved.model.limited], [...whole.limited]);
    // And once more.
    const again = moveTasks(moved.model, [{ before: after, after: before }], context)!;
    assert.deepEqual(again.model.services, model.services);
    assert.deepEqual([...again.model.limited], [...model.limited]);
  });
}

Deno.test("moveTasks: rebuilds everything where the time of an app's last configuration counts", () => {
  const at = (month: number, port: number) =>
    web({
      portDefinitions: [{ port }],
      versionInfo: { lastConfigChangeAt: `2024-0${month}-01` },
    });
  assert.ok(move(at(1, 10_001), at(2, 10_001)).moved);
  assert.equal(move(at(1, 10_002), at(2, 10_002)).moved, undefined);
});

Deno.test("moveTasks: rebuilds everything where services without tasks claim something else", () => {
  const two = (label: string | undefined, ports = [1]) =>
    web({
      portDefinitions: [{ port: 10_001 }, { port: 10_005 }],
      labels: { HAPROXY_1_VHOST: label ?? null },
      tasks: [task(1, { ports })],
    });
  assert.ok(move(two("a.com"), two("a.com", [2])).moved);
  assert.equal(move(two("a.com"), two("b.com")).moved, undefined);
  assert.equal(move(two("a.com"), two("b com\n")).moved, undefined);
});

const group = { labels: { HAPROXY_DEPLOYMENT_GROUP: "web" } };
const container = {
  container: { portMappings: [{ containerPort: 80, servicePort: 10_001 }] },
  networks: [{ mode: "container" }],
  tasks: [task(1, { ipAddresses: [{ ipAddress: "10.9.0.1" }] })],
};
const withoutPort = {
  ...container,
  container: { portMappings: [{ containerPort: 80 }] },
  portDefinitions: [],
};
const servicePortRange = { minimum: 1, maximum: 9 };
const whole: [
  what: string,
  before: App | undefined,
  after: App | undefined,
  context?: Partial<ModelContext>,
][] = [
  ["a new app", undefined, web()],
  ["an app that is gone", web(), undefined],
  ["a label that counts", web(), web({ labels: { HAPROXY_0_VHOST: "a.test" } })],
  ["a template", web(), web({ labels: { HAPROXY_0_BACKEND_HEAD: "backend {backend}\n" } })],
  ["another port", web(), web({ portDefinitions: [{ port: 10_099 }] })],
  [
    "a port more",
    web({ tasks: [task(1, { ports: [1, 2] })] }),
    web({ tasks: [task(1, { ports: [1, 2] })], portDefinitions: [{ port: 10_001 }, { port: 10_005 }] }),
  ],
  ["another health check", web(), web({ healthChecks: [{ protocol: "HTTP", portIndex: 0 }] })],
  ["the last task", web(), web({ tasks: [] })],
  ["the first task", web({ tasks: [] }), web()],
  ["a deployment group before", web(group), web()],
  ["a deployment group after", web(), web(group)],
  ["a deployment group all the time", web(group), web({ ...group, tasks: [task(2)] })],
  ["assigned ports", web(withoutPort), web({ ...withoutPort, instances: 2 }), { servicePortRange }],
  ["the load balancer itself", web(), web({ tasks: [task(2)] }), { frameworkName: "web" }],
];
for (const [what, before, after, context] of whole) {
  Deno.test(`moveTasks: rebuilds everything for ${what}`, () => {
    assert.equal(move(before, after, modelContext(context)).moved, undefined);
  });
}

Deno.test("moveTasks: IP-per-task apps move where no ports are assigned", () => {
  const at = (ipAddress: string) => ({ ...container, tasks: [task(1, { ipAddresses: [{ ipAddress }] })] });
  for (const context of [modelContext(), modelContext({ servicePortRange })]) {
    const { moved } = move(web(at("10.9.0.1")), web(at("10.9.0.2")), context);
    assert.deepEqual([...moved!.moves.values()].map(({ backends }) => backends[0]!.ip), ["10.9.0.2"]);
  }
});

Deno.test("moveTasks: one change that needs a rebuild rebuilds everything", () => {
  const model = buildServices([...others, web()], modelContext());
  const changes = [{ before: web(), after: web({ tasks: [task(2)] }) }, { before: others[0]! }];
  assert.equal(moveTasks(model, changes, modelContext()), undefined);
});

Deno.test("moveTasks: the problems of apps that share an id are all kept", () => {
  const nowhere = (id: string) => marathonTask({ id, host: undefined });
  const side = appOf({
    id: "/blue",
    labels: { HAPROXY_DEPLOYMENT_GROUP: "web" },
    portDefinitions: [{ port: 10_050 }],
    tasks: [nowhere("blue.1")],
  });
  const apps = [web({ tasks: [nowhere("web.1")] }), side];
  const [before, after] = [1, 2].map((rank) =>
    appOf({ id: "/third", portDefinitions: [{ port: 10_060 }], tasks: [task(rank)] })
  );
  const moved = moveTasks(
    buildServices([...apps, before!], modelContext()),
    [{ before, after }],
    modelContext(),
  );
  assert.ok(moved);
  const expected = buildServices([...apps, after!], modelContext());
  const sorted = (problems: readonly { message: string }[]) => problems.map(({ message }) => message).sort();
  assert.deepEqual(sorted(moved.model.problems), sorted(expected.problems));
  assert.equal(expected.problems.length, 2);
});

Deno.test("moveTasks: an app that shares its id with a deployment group is not taken for it", () => {
  const side = appOf({
    id: "/blue",
    labels: { HAPROXY_DEPLOYMENT_GROUP: "web" },
    tasks: [marathonTask({ id: "blue.1", host: "10.0.5.1" })],
  });
  const [before, after] = [web(), web({ tasks: [task(2)] })];
  const model = buildServices([before, side], modelContext());
  const moved = moveTasks(model, [{ before, after }], modelContext());
  const expected = buildServices([after, side], modelContext());
  assert.deepEqual(moved?.model.services ?? expected.services, expected.services);
  assert.deepEqual(moved?.model.problems ?? expected.problems, expected.problems);
});
