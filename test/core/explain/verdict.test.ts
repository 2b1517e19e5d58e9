import assert from "node:assert/strict";
import { verdictOf, verdicts } from "../../../lib/core/explain/verdict.ts";
import { indexAround } from "../../../lib/core/explain/world.ts";
import { marathonTask } from "../model/support/marathonTask.ts";
import { worldOf } from "./support/worldOf.ts";

Deno.test("verdicts: a served app, and one without a group", () => {
  const world = worldOf({
    groups: ["external"],
    apps: [
      { id: "/shop", labels: { HAPROXY_GROUP: "external", HAPROXY_0_VHOST: "shop.example.com" } },
      { id: "/plain", portDefinitions: [{ port: 10_002 }] },
    ],
  });
  const [plain, shop] = verdicts(world);
  assert.equal(shop!.standing, "served");
  assert.deepEqual(shop!.services, [{
    index: 0,
    port: 10_001,
    standing: "served",
    reasons: [],
    backend: "shop_10001",
    vhosts: ["shop.example.com"],
    up: 1,
    group: "external",
  }]);
  assert.equal(plain!.standing, "not-served");
  assert.deepEqual(plain!.reasons, [{
    code: "no-group",
    message: "/plain: service 0: it has no group; this load balancer serves external",
    hint: "Set the label `HAPROXY_GROUP` to a group of this load balancer, such as `external`.",
    index: 0,
  }]);
});

Deno.test("verdicts: a task without an id and one that is no object are reasons, and cost the others nothing", () => {
  const world = worldOf({
    apps: [{ id: "/shop", tasks: ["text", marathonTask(), { host: "agent", ports: [31_000] }] }],
  });
  const [shop] = verdicts(world);
  assert.deepEqual([shop!.standing, shop!.services[0]!.up], ["partly", 1]);
  assert.deepEqual(shop!.reasons.map(({ code, message }) => [code, message]), [
    ["task-unfit", '/shop: task number 1 is ignored: it is "text"; expected an object'],
    ["task-unfit", "/shop: task number 3 is ignored: it has no id"],
  ]);
});

Deno.test("indexAround: an app with the name of a deployment group and in another one has the verdict of the whole index", () => {
  const world = worldOf({
    apps: [
      { id: "/two", labels: { HAPROXY_DEPLOYMENT_GROUP: "three" }, portDefinitions: [] },
      { id: "/blue", labels: { HAPROXY_DEPLOYMENT_GROUP: "two" }, portDefinitions: [{ port: 10_030 }] },
    ],
  });
  for (const verdict of verdicts(world)) {
    assert.deepEqual(verdictOf(indexAround(world, verdict.app), verdict.app), verdict);
  }
});
