import assert from "node:assert/strict";
import { nameServices } from "../../../lib/core/render/nameServices.ts";
import { serviceOf } from "../model/support/serviceOf.ts";

function acls(...services: [appId: string, port: number, ...vhosts: string[]][]) {
  const named = nameServices(
    services.map(([appId, port, ...VHOST]) =>
      serviceOf({ appId, port, labels: VHOST.length > 0 ? { VHOST } : {} })
    ),
  );
  return [...named.values()].map(({ backend, vhostAcl, appAcl }) => [backend, vhostAcl, appAcl]);
}

Deno.test("nameServices: backend, vhost and app id", () => {
  assert.deepEqual(acls(["/group/web.1", 10001, "www.example.com", "example.com"]), [
    ["group_web.1_10001", "www_example_com_group_web.1", "_group_web_1"],
  ]);
});

Deno.test("nameServices: the second service of an app on one vhost has names of its own", () => {
  assert.deepEqual(acls(["/web", 10001, "a.com"], ["/web", 10002, "a.com"], ["/web", 10003, "b.com"]), [
    ["web_10001", "a_com_web", "_web"],
    ["web_10002", "a_com_web_10002", "_web"],
    ["web_10003", "b_com_web", "_web"],
  ]);
});

Deno.test("nameServices: vhosts and apps whose names are the same after cleaning", () => {
  const named = acls(["/a/b", 10001, "a.com"], ["/a_b", 10002, "a_com"], ["/com/x", 10003, "a"], [
    "/x",
    10004,
    "a.com",
  ]);
  assert.deepEqual(named, [
    ["a_b_10001", "a_com_a_b", "_a_b"],
    ["a_b_10002", "a_com_a_b_10002", "_a_b_10002"],
    ["com_x_10003", "a_com_x", "_com_x"],
    ["x_10004", "a_com_x_10004", "_x"],
  ]);
});

Deno.test("nameServices: even the name with the port may be taken", () => {
  const named = acls(["/a/q", 1, "h"], ["/a/q_80", 2, "h"], ["/q", 80, "h.a"]);
  assert.deepEqual(named.map(([, vhostAcl]) => vhostAcl), ["h_a_q", "h_a_q_80", "h_a_q_80_80"]);
});

Deno.test("nameServices: services without a vhost take no name", () => {
  const named = acls(["/web", 10001], ["/web", 10002], ["/web", 10003, "a.com"]);
  assert.deepEqual(named.map(([, vhostAcl]) => vhostAcl), ["_web", "_web", "a_com_web"]);
});
