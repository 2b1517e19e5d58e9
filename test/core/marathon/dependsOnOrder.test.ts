import assert from "node:assert/strict";
import { dependsOnOrder } from "../../../lib/core/marathon/dependsOnOrder.ts";
import { appOf } from "../model/support/appOf.ts";

const ipPerTask = { networks: [{ mode: "container" }], portDefinitions: undefined };
const table: [what: string, members: Record<string, unknown>, expected: boolean][] = [
  ["an app with a port", {}, false],
  ["a side of a deployment group", { labels: { HAPROXY_DEPLOYMENT_GROUP: "web" } }, true],
  ["an IP-per-task app without ports", ipPerTask, true],
  ["one with an empty list of them", { ...ipPerTask, portDefinitions: [] }, true],
  ["one with ports", { ...ipPerTask, ports: [10_000] }, false],
  ["one with a service port", {
    ...ipPerTask,
    container: { portMappings: [{ containerPort: 80, servicePort: 1 }] },
  }, false],
  ["one with ports of its containers only", {
    ...ipPerTask,
    container: { portMappings: [{ containerPort: 80 }] },
  }, true],
  ["one without ports on the agent", { portDefinitions: [] }, false],
];
for (const [what, members, expected] of table) {
  Deno.test(`dependsOnOrder: ${what}`, () => assert.equal(dependsOnOrder(appOf(members)), expected));
}
