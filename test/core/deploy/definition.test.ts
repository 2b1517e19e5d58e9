import assert from "node:assert/strict";
import { digestLabel, readDefinition } from "../../../lib/core/deploy/definition.ts";
import { sideOf } from "../../../lib/core/deploy/sides.ts";
import {
  countOn,
  isServerOf,
  readServers,
  readSides,
  type Side,
  type SideTask,
} from "../../../lib/core/deploy/observation.ts";
import { UsageError } from "../../../lib/core/flags/flag.ts";

const labels = { HAPROXY_DEPLOYMENT_GROUP: "/shop/web", HAPROXY_DEPLOYMENT_ALT_PORT: "10002" };
const read = (app: object) => readDefinition(JSON.stringify(app), "web.json");

const start = { instances: 1, target: 4, hybrid: 0, nonce: 7, now: Date.UTC(2026, 10, 26) };

/** Where an app's service port may stand, and how it stands there in the new side. */
const places: [title: string, members: object, moved: object][] = [
  ["ports", { ports: [10001, 10005] }, { ports: [10002, 10005] }],
  [
    "portDefinitions",
    { portDefinitions: [{ port: 10001, protocol: "tcp" }, { port: 10005 }] },
    { portDefinitions: [{ port: 10002, protocol: "tcp" }, { port: 10005 }] },
  ],
  [
    "port mappings of a container",
    { container: { type: "MESOS", portMappings: [{ containerPort: 80, servicePort: 10001 }] } },
    { container: { type: "MESOS", portMappings: [{ containerPort: 80, servicePort: 10002 }] } },
  ],
  [
    "port mappings of Docker",
    { container: { docker: { image: "a", portMappings: [{ containerPort: 80, servicePort: 10001 }] } } },
    { container: { docker: { image: "a", portMappings: [{ containerPort: 80, servicePort: 10002 }] } } },
  ],
];
for (const [title, members, moved] of places) {
  Deno.test(`sideOf: the service port in ${title}, and the labels as zdd.py has them`, () => {
    const app = { id: "/shop/web", instances: 4, ...members, labels };
    const definition = read(app);
    assert.deepEqual([definition.group, definition.port, definition.otherPort], ["shop/web", 10001, 10002]);
    const first = sideOf(definition, undefined, { ...start, instances: 4 });
    const common = {
      ...labels,
      HAPROXY_APP_ID: "/shop/web",
      HAPROXY_0_PORT: "10001",
      HAPROXY_DEPLOYMENT_NEW_INSTANCES: "0",
      HAPROXY_DEPLOYMENT_TARGET_INSTANCES: "4",
      [digestLabel]: definition.digest,
    };
    assert.deepEqual(first, {
      ...app,
      id: "/shop/web-blue",
      labels: {
        ...common,
        HAPROXY_DEPLOYMENT_COLOUR: "blue",
        HAPROXY_DEPLOYMENT_STARTED_AT: "2026-11-26T00:00:00.000007Z",
      },
    });

    // A tool on a machine with another time zone wrote a time that is to come.
    const blue: Side = {
      id: "/shop/web-blue",
      instances: 4,
      labels: first.labels as Record<string, string>,
      startedAt: (start.now + 3_600_000) * 1_000,
      scaledAt: 0,
      deploying: false,
      servicePort: 10001,
      tasks: [],
    };
    const second = sideOf(definition, blue, start);
    assert.deepEqual(second, {
      ...app,
      ...moved,
      id: "/shop/web-green",
      instances: 1,
      labels: {
        ...common,
        HAPROXY_DEPLOYMENT_COLOUR: "green",
        HAPROXY_DEPLOYMENT_STARTED_AT: "2026-11-26T01:00:00.001007Z",
      },
    });
    const green = { ...blue, servicePort: 10002, labels: second.labels as Record<string, string> };
    assert.equal(JSON.stringify(sideOf(definition, green, start)).includes("10001"), true);
    assert.equal(sideOf(definition, green, start).id, "/shop/web-blue");
  });
}

Deno.test("readDefinition: the digest is that of the content, whatever the order of the members", () => {
  const app = { id: "web", ports: [1], labels };
  const other = { labels, ports: [1], id: "web" };
  assert.equal(read(app).digest, read(other).digest);
  assert.notEqual(read(app).digest, read({ ...app, cmd: "b" }).digest);
});

const unfit: [title: string, text: string, message: RegExp][] = [
  ["no JSON", "{", /^deploy: web.json: it is not JSON/],
  ["a list", "[]", /expected one app, a JSON object/],
  ["no id", "{}", /its id is nothing; expected one such as "\/shop\/web"|its id is undefined/],
  ["no group", '{"id": "a", "ports": [1]}', /its label HAPROXY_DEPLOYMENT_GROUP is .*; expected a name/],
  ["no port", JSON.stringify({ id: "a", labels }), /its service port is .*; expected one in portDefinitions/],
  ["port 0", JSON.stringify({ id: "a", ports: [0], labels }), /its service port is 0/],
  [
    "the same port twice",
    JSON.stringify({ id: "a", ports: [10002], labels }),
    /ALT_PORT is "10002"; expected a free/,
  ],
  ["no instances", JSON.stringify({ id: "a", ports: [1], instances: 0, labels }), /its instances are 0/],
];
for (const [title, text, message] of unfit) {
  Deno.test(`readDefinition refuses ${title}`, () => {
    assert.throws(() => readDefinition(text, "web.json"), (error: Error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, message);
      return true;
    });
  });
}

const answer = {
  apps: [
    {
      id: "/shop/web-blue",
      instances: 2,
      labels: { ...labels, HAPROXY_DEPLOYMENT_STARTED_AT: "2026-01-01T00:00:00Z" },
      ports: [10001],
      healthChecks: [{ protocol: "HTTP" }],
      versionInfo: { lastScalingAt: "2026-01-02T00:00:00Z" },
      deployments: [{ id: "a" }],
      readinessChecks: [{ name: "warm" }],
      readinessCheckResults: [{ taskId: "c", ready: false }],
      tasks: [
        {
          id: "a",
          host: "10.0.0.1",
          ports: [31000],
          state: "TASK_RUNNING",
          healthCheckResults: [{ alive: true }],
        },
        { id: "b", host: "10.0.0.1", ports: [31001], state: "TASK_RUNNING", healthCheckResults: [] },
        {
          id: "c",
          host: "10.0.0.1",
          ports: [31002],
          state: "TASK_RUNNING",
          healthCheckResults: [{ alive: true }],
        },
        {
          id: "d",
          host: "10.0.0.1",
          ports: [31003],
          state: "TASK_KILLING",
          healthCheckResults: [{ alive: true }],
        },
        {
          id: "e",
          host: "10.0.0.1",
          ports: [31004],
          state: "TASK_UNREACHABLE",
          healthCheckResults: [{ alive: true }],
        },
      ],
    },
    {
      id: "/shop/web-green",
      instances: 0,
      labels: {
        ...labels,
        HAPROXY_DEPLOYMENT_GROUP: "shop/web",
        HAPROXY_DEPLOYMENT_STARTED_AT: "2026-02-01",
      },
      container: { docker: { portMappings: [{ containerPort: 80, servicePort: 10002 }] } },
      networks: [{ mode: "container/bridge" }],
    },
    { id: "/shop/web" },
    { id: "/other", labels: { HAPROXY_DEPLOYMENT_GROUP: "other" } },
  ],
};

Deno.test("readSides: members of the group, healthy and ready tasks, ports, times", () => {
  const { sides, namesake } = readSides(answer, read({ id: "/shop/web", ports: [10001], labels }));
  assert.equal(namesake, true);
  assert.deepEqual(sides.map(({ id, servicePort, deploying }) => [id, servicePort, deploying]), [
    ["/shop/web-green", 10002, false],
    ["/shop/web-blue", 10001, true],
  ]);
  const blue = sides[1]!;
  assert.equal(blue.scaledAt, Date.UTC(2026, 0, 2) * 1_000);
  assert.deepEqual(blue.tasks.map(({ id, healthy }) => [id, healthy]), [
    ["a", true],
    ["b", false],
    ["c", false],
    ["e", false],
  ]);
});

Deno.test("readSides refuses an answer without apps", () => {
  assert.throws(
    () => readSides({}, read({ id: "a", ports: [1], labels })),
    /no list of apps; check --marathon/,
  );
});

const csv = "# pxname,svname,qcur,scur,stot,econ,eresp,status,hrsp_5xx,\n" +
  "shop_web_10001,FRONTEND,,1,9,,,OPEN,,\n" +
  "shop_web_10001,10_0_0_1_31000,1,2,90,1,2,UP,3,\n" +
  "shop_web_10001,BACKEND,0,2,90,1,2,UP,3,\n" +
  "other_1,10_0_0_1_31000,0,0,0,0,0,UP,0,\n";

Deno.test("readServers: the servers of the group's backend", () => {
  assert.deepEqual(readServers(csv, { group: "shop/web", port: 10001 }), [
    { name: "10_0_0_1_31000", status: "UP", busy: 3, requests: 90, errors: 6 },
  ]);
});

const names: [name: string, task: Partial<SideTask>, is: boolean][] = [
  ["10_0_0_1_80", { host: "10.0.0.1" }, true],
  ["10_0_0_1_81", { host: "10.0.0.1" }, false],
  ["10_0_0_11_80", { host: "10.0.0.1" }, false],
  ["a_example_com_10_0_0_1_80", { host: "a.example.com" }, true],
  ["a_example_com_fd00__1_80", { host: "a.example.com" }, true],
  ["a_example_com_80", { host: "a.example.com" }, true],
  ["a_example_com_10_0_0_1_80", { host: "a" }, false],
  ["a-b_10_0_0_1_80", { host: "a" }, false],
  ["10_0_0_1_9_0_0_7_80", { host: "10.0.0.1", addresses: ["9.0.0.7"] }, true],
  ["10_0_0_1_9_0_0_8_80", { host: "10.0.0.1", addresses: ["9.0.0.7"] }, false],
  ["10_0_0_1_80", { host: "10.0.0.1", addresses: ["9.0.0.7"] }, false],
];
for (const [name, task, is] of names) {
  Deno.test(`isServerOf: ${name} ${is ? "is" : "is not"} of ${JSON.stringify(task)}`, () => {
    assert.equal(isServerOf(name, { id: "t", healthy: true, host: "", port: 80, ...task }), is);
  });
}

Deno.test("countOn: servers that come later count from their beginning, others from the first look", () => {
  const task = (id: string, port: number) => ({ id, healthy: true, host: "h", port });
  const side = (tasks: SideTask[]) => ({ tasks }) as unknown as Side;
  const server = (port: number, requests: number, errors: number) => ({
    name: `h_${port}`,
    status: "UP",
    busy: 0,
    requests,
    errors,
  });
  const lb = (name: string, ...servers: ReturnType<typeof server>[]) => ({ name, oldWorkers: 0, servers });
  const sides = { fresh: side([task("a", 1), task("b", 2)]), old: side([task("c", 3)]) };
  const first = countOn(
    undefined,
    [lb("x", server(1, 50, 5), server(3, 9, 9)), lb("y", server(1, 7, 0))],
    sides,
  );
  assert.deepEqual([first.fresh, first.old], [{ requests: 0, errors: 0 }, { requests: 0, errors: 0 }]);
  const second = countOn(
    first,
    [lb("x", server(1, 60, 6), server(2, 4, 4), server(3, 10, 9)), lb("y", server(1, 2, 1))],
    sides,
  );
  assert.deepEqual([second.fresh, second.old], [{ requests: 16, errors: 6 }, { requests: 1, errors: 0 }]);
});
