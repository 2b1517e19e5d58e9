import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { version } from "../../lib/core/version.ts";
import type { JsonObject } from "../../tools/simulated-marathon/JsonObject.ts";
import { SimulatedMarathon } from "../../tools/simulated-marathon/SimulatedMarathon.ts";
import { startedBy, wordsOf } from "./support/startedBy.ts";

const file = new URL("../../packaging/marathon/marathon-lb.json", import.meta.url);
const app = JSON.parse(readFileSync(file, "utf8")) as JsonObject;

Deno.test("the app for plain Marathon runs the program as the documentation says", () => {
  const { mode, marathon, groups, healthCheck, adminBind, shutdownTimeout } = startedBy(app);
  assert.deepEqual(
    { mode, marathon, groups, healthCheck },
    { mode: "sse", marathon: ["http://master.mesos:8080"], groups: ["external"], healthCheck: true },
  );
  const [check] = app.healthChecks as JsonObject[];
  assert.equal(adminBind, `0.0.0.0:${check!.port}`);
  assert.equal(check!.path, "/_haproxy_health_check");
  assert.ok((app.taskKillGracePeriodSeconds as number) > shutdownTimeout, "requests can end");
  assert.equal(`/${wordsOf(app).env.FRAMEWORK_NAME}`, app.id, "it knows itself");
  const { docker } = app.container as {
    docker: { image: string; network: string };
  };
  assert.ok(
    docker.image.endsWith(`/marathon-lb:${version}`),
    `the image has the program's version: ${docker.image}`,
  );
  assert.equal(docker.network, "HOST");
});

Deno.test("of the app for plain Marathon there are several, each on an agent of its own, and one stays at upgrades", () => {
  const instances = app.instances as number;
  assert.ok(instances > 1);
  assert.deepEqual(app.constraints, [["hostname", "UNIQUE"]]);
  const strategy = app.upgradeStrategy as {
    minimumHealthCapacity: number;
    maximumOverCapacity: number;
  };
  assert.ok(Math.ceil(instances * strategy.minimumHealthCapacity) >= 1);
  assert.ok(Math.ceil(instances * strategy.minimumHealthCapacity) < instances, "an upgrade can stop one");
  assert.equal(strategy.maximumOverCapacity, 0, "there may be no further agent");
});

Deno.test("Marathon takes the app for plain Marathon and runs it", async () => {
  await using marathon = await SimulatedMarathon.start();
  const response = await fetch(`${marathon.url}/v2/apps`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: readFileSync(file, "utf8"),
  });
  assert.equal(response.status, 201, await response.text());
  await marathon.settled();
  assert.equal(marathon.tasks("/marathon-lb").length, app.instances);
});
