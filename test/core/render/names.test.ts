import assert from "node:assert/strict";
import {
  cleanName,
  cookieValue,
  nameService,
  nameServices,
  serverId,
  serverName,
} from "../../../lib/core/render/names.ts";
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

// Ids and cookies were computed with Python's hashlib: int(sha256(name), 16) % 32767, again on "{name} {hex digest}"
// where that is 0 or taken; sha1(name)[:10].

Deno.test("cleanName: only letters, digits and hyphens stay", () => {
  assert.equal(cleanName("/A-z.09_ä*:"), "_A-z_09____");
});

const names: [host: string, ip: string, name: string][] = [
  ["10.0.0.1", "10.0.0.1", "10_0_0_1_31000"],
  ["agent-1.example.com", "10.0.0.1", "agent-1_example_com_10_0_0_1_31000"],
  ["10.0.0.2", "192.168.0.5", "10_0_0_2_192_168_0_5_31000"],
  ["agent", "fd00::1", "agent_fd00__1_31000"],
];
for (const [host, ip, name] of names) {
  Deno.test(`serverName: ${name}`, () => {
    assert.equal(serverName({ host, ip, port: 31000, draining: false }), name);
  });
}

Deno.test("serverId: the hash of the name, and its hash again where that is taken", () => {
  const taken = new Set<number>();
  assert.deepEqual([1, 2, 3].map(() => serverId("10_0_0_1_31000", taken)), [28035, 8455, 24925]);
  assert.deepEqual([...taken], [28035, 8455, 24925]);
});

Deno.test("serverId: two names of one hash", () => {
  const taken = new Set<number>();
  assert.deepEqual(["10_0_0_1_34", "10_0_0_1_154"].map((name) => serverId(name, taken)), [22891, 12639]);
});

Deno.test("serverId: 0 is no id", () => {
  assert.equal(serverId("task-24412", new Set()), 8779);
});

Deno.test("cookieValue: the first ten digits", () => {
  assert.equal(cookieValue("10_0_0_1_31000"), "13d473d85a");
  assert.equal(cookieValue("agent-1_10_0_0_1_31000"), "a397bdf225");
});

Deno.test("nameService: the names of one service are those that it has among all", () => {
  const services = ([
    ["/a/b", 10001, "a.com"],
    ["/a_b", 10002, "a_com"],
    ["/com/x", 10003, "a"],
    ["/x", 10004, "a.com"],
    ["/x", 10005, "b.com"],
    ["/y/a-b", 10006],
  ] as const).map(([appId, port, host]) =>
    serviceOf({ appId, port, labels: host === undefined ? {} : { VHOST: [host] } })
  );
  for (const [service, names] of nameServices(services)) {
    assert.deepEqual(nameService(service, services), names);
  }
});
