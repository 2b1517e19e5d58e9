import assert from "node:assert/strict";
import { taskPorts } from "../../../lib/core/model/taskPorts.ts";
import { appOf } from "./support/appOf.ts";

const sources = {
  portDefinitions: [{ port: 10001 }],
  container: { portMappings: [{ containerPort: 80 }, { hostPort: 1 }, { containerPort: 81 }] },
  ipAddress: { discovery: { ports: [{ number: 8080 }, { name: "x" }, { number: 8081 }] } },
};

const table: [mode: string, taskPorts: number[], absent: (keyof typeof sources)[], expected: number[]][] = [
  ["host", [31000], [], [31000]],
  ["host", [], [], [10001]],
  ["host", [], ["portDefinitions"], []],
  ["container/bridge", [31000], [], [31000]],
  ["container/bridge", [], [], [10001]],
  ["container/bridge", [], ["portDefinitions"], [80, 81]],
  ["container/bridge", [], ["portDefinitions", "container"], []],
  ["container", [31000], [], [8080, 8081]],
  ["container", [31000], ["ipAddress"], [80, 81]],
  ["container", [31000], ["ipAddress", "container"], []],
];
for (const [mode, ports, absent, expected] of table) {
  Deno.test(`taskPorts: ${mode}, task ports ${ports}, without ${absent.join(" and ") || "nothing"}`, () => {
    const missing = Object.fromEntries(absent.map((name) => [name, null]));
    const app = appOf({ ...sources, ...missing, networks: [{ mode }], tasks: [{ id: "t", ports }] });
    assert.deepEqual(taskPorts(app, app.tasks[0]!), expected);
  });
}
