import assert from "node:assert/strict";
import { type AppExplanation, explainApp } from "../../../lib/core/explain/app.ts";
import { marathonTask } from "../model/support/marathonTask.ts";
import { type WorldMembers, worldOf } from "./support/worldOf.ts";

function explained(members: WorldMembers, id: string): AppExplanation {
  const found = explainApp(worldOf(members), id);
  assert.ok("app" in found, JSON.stringify(found));
  return found;
}

const shop = {
  id: "/shop",
  labels: {
    HAPROXY_GROUP: "external",
    HAPROXY_0_VHOST: "Shop.com",
    HAPROXY_0_AUTH: "Shop:alice:$5$a$secret",
    HAPROXY_0_BACKEND_HEAD: "\nbackend {backend}\n  mode {mode}\n  retries 7\n",
    HAPROXY_0_VHOTS: "x",
    OTHER: "y",
  },
  tasks: [marathonTask(), marathonTask({ id: "web.2", host: "10.0.0.2", state: "TASK_KILLING" })],
};

Deno.test("explainApp: the chain of a served app, from labels to servers", () => {
  const found = explained({ apps: [shop] }, "/shop");
  assert.deepEqual(found.labels.map(({ name, value, read }) => [name, value, read]), [
    ["HAPROXY_0_AUTH", "Shop:alice:…", "a login"],
    ["HAPROXY_0_BACKEND_HEAD", shop.labels.HAPROXY_0_BACKEND_HEAD, "a template"],
    ["HAPROXY_0_VHOST", "Shop.com", '["shop.com"]'],
    ["HAPROXY_0_VHOTS", "x", undefined],
    ["HAPROXY_GROUP", "external", '["external"]'],
  ]);
  assert.equal(found.labels.find(({ name }) => name === "HAPROXY_0_VHOTS")!.reason?.code, "label-unknown");
  assert.deepEqual(found.tasks.map(({ id, standing, reason }) => [id, standing, reason?.code]), [
    ["web.1", "server", undefined],
    ["web.2", "left-out", "no-running-task"],
  ]);
  const [service] = found.services;
  assert.equal(service!.mode, "http");
  assert.deepEqual(service!.servers, [{
    name: "10_0_0_1_31000",
    address: "10.0.0.1",
    port: 31_000,
    task: "web.1",
    draining: false,
  }]);
  assert.deepEqual(service!.rules.map(({ frontend, kind, host }) => [frontend, kind, host]), [
    ["shop_10001", "port", undefined],
    ["marathon_http_in", "vhost", "shop.com"],
    ["marathon_https_in", "vhost", "shop.com"],
    ["marathon_http_appid_in", "app-id", undefined],
  ]);
  const from = (part: string) => service!.lines.find(({ text }) => text.includes(part))?.from;
  assert.equal(from("retries 7"), "label HAPROXY_0_BACKEND_HEAD");
  assert.equal(from("server 10_0_0_1_31000"), "template HAPROXY_BACKEND_SERVER_OPTIONS");
  assert.equal(from("bind *:10001"), "template HAPROXY_FRONTEND_HEAD");
  assert.ok(service!.lines.every(({ text }) => !text.includes("undefined")));
});

Deno.test("explainApp: lines of all templates of the program are attributed to one", () => {
  const labels = { HAPROXY_0_VHOST: "a.com,b.com", HAPROXY_0_PATH: "/x", HAPROXY_0_STICKY: "true" };
  const [service] = explained({ apps: [{ id: "/shop", labels }] }, "/shop").services;
  assert.deepEqual(service!.lines.filter(({ from }) => !from.startsWith("template HAPROXY_")), []);
});

Deno.test("explainApp: an id without its slash, and one of a deployment group, are found", () => {
  const blue = { id: "/blue", labels: { HAPROXY_DEPLOYMENT_GROUP: "web", HAPROXY_0_VHOST: "w.com" } };
  assert.equal(explained({ apps: [blue] }, "blue").services[0]!.backend, "web_10001");
  assert.equal(explained({ apps: [blue] }, "/web").services[0]!.backend, "web_10001");
});

Deno.test("explainApp: an unknown app has the nearest ids", () => {
  const world = worldOf({ apps: [{ id: "/shop/cart" }, { id: "/shop/card" }, { id: "/mail" }] });
  assert.deepEqual(explainApp(world, "/shop/carp"), { nearest: ["/shop/card", "/shop/cart"] });
  assert.deepEqual(explainApp(world, "/nothing/at/all/like/it"), { nearest: [] });
  assert.deepEqual(explainApp(world, "cart"), { nearest: ["/shop/cart"] });
});

Deno.test("explainApp: an app that is not served has its reasons, and no lines", () => {
  const found = explained({ apps: [{ ...shop, tasks: [] }] }, "/shop");
  assert.equal(found.standing, "not-served");
  const [service] = found.services;
  assert.deepEqual([service!.lines, service!.rules, service!.servers], [[], [], []]);
  assert.deepEqual(service!.reasons.map(({ code }) => code), ["label-unknown", "no-task"]);
});

Deno.test("explainApp: texts of labels and ids are passed on as they are, whatever they hold", () => {
  const evil = "<img src=x onerror=alert(1)>";
  const found = explained({ apps: [{ id: "/shop", labels: { [`HAPROXY_${evil}`]: evil } }] }, "/shop");
  assert.equal(found.labels[0]!.value, evil);
  assert.equal(found.labels[0]!.reason?.code, "label-unknown");
});
