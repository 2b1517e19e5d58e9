import assert from "node:assert/strict";
import type { Service } from "../../../lib/core/model/Service.ts";
import { claimNames } from "../../../lib/core/model/claimNames.ts";
import { serviceOf } from "./support/serviceOf.ts";

const excluded = (app: string, index: number, what: string, owner: string) => ({
  severity: "excluded",
  app,
  index,
  message: `${app}: service ${index} is left out: ${what} is taken by ${owner};` +
    ` give one of them another port (HAPROXY_${index}_PORT)`,
});

const a = serviceOf({ appId: "/a", port: 10001 });

const table: [what: string, second: Partial<Service>, problems: unknown[]][] = [
  ["other ports", { appId: "/b", port: 10002 }, []],
  ["the same port", { appId: "/b", port: 10001 }, [excluded("/b", 0, "port 10001", "/a: service 0")]],
  ["the same port of one app", { appId: "/a", index: 1, port: 10001 }, [
    excluded("/a", 1, "port 10001", "/a: service 0"),
  ]],
  ["the same port on another address", { appId: "/b", port: 10001, labels: { BIND_ADDR: "10.0.0.1" } }, []],
  ["* is the default address", { appId: "/b", port: 10001, labels: { BIND_ADDR: "*" } }, [
    excluded("/b", 0, "port 10001", "/a: service 0"),
  ]],
];
for (const [what, second, problems] of table) {
  Deno.test(`claimNames: ${what}`, () => {
    const other = serviceOf(second);
    const claimed = claimNames([a, other]);
    assert.deepEqual(claimed.services, problems.length === 0 ? [a, other] : [a]);
    assert.deepEqual(claimed.problems, problems);
  });
}

Deno.test("claimNames: /a/b and /a_b make the same backend name", () => {
  const [first, second, third] = [
    serviceOf({ appId: "/a/b", port: 10001 }),
    serviceOf({ appId: "/a_b", port: 10001, labels: { BIND_ADDR: "10.0.0.1" } }),
    serviceOf({ appId: "/a_b", port: 10002, index: 1 }),
  ];
  const { services, problems } = claimNames([first!, second!, third!]);
  assert.deepEqual(services, [first, third]);
  assert.deepEqual(problems, [excluded("/a_b", 0, "the backend name a_b_10001", "/a/b: service 0")]);
});

Deno.test("claimNames: who is left out claims nothing", () => {
  const out = serviceOf({ appId: "/b", port: 10001, labels: { VHOST: ["b.com"] } });
  const later = serviceOf({ appId: "/c", port: 10003, labels: { VHOST: ["b.com"] } });
  const { services, problems } = claimNames([a, out, later]);
  assert.deepEqual(services, [a, later]);
  assert.deepEqual(problems.map(({ app }) => app), ["/b"]);
});

const ownBinds = [
  { flag: "--http-bind", host: "*", port: 80 },
  { flag: "--admin-bind", host: "0.0.0.0", port: 9090 },
  { flag: "--appid-bind", host: "10.0.0.1", port: 9091 },
];
const own: [what: string, service: Partial<Service>, flag: string | undefined][] = [
  ["a port of the load balancer", { port: 80 }, "--http-bind"],
  ["a port of the load balancer, of all addresses in another spelling", { port: 9090 }, "--admin-bind"],
  ["that port, spelt out", { port: 80, labels: { BIND_ADDR: "0.0.0.0" } }, "--http-bind"],
  ["its port and address", { port: 9091, labels: { BIND_ADDR: "10.0.0.1" } }, "--appid-bind"],
  ["its port, on an address of one's own", { port: 80, labels: { BIND_ADDR: "10.0.0.2" } }, undefined],
  ["another port", { port: 81 }, undefined],
];
for (const [what, given, flag] of own) {
  Deno.test(`claimNames: ${what}`, () => {
    const service = serviceOf({ appId: "/a", ...given });
    const { services, problems } = claimNames([service], ownBinds);
    assert.deepEqual(services, flag === undefined ? [service] : []);
    const message = `/a: service 0 is left out: port ${service.port} is that of ${flag};` +
      " give it another port (HAPROXY_0_PORT)";
    assert.deepEqual(
      problems,
      flag === undefined ? [] : [{ severity: "excluded", app: "/a", index: 0, message }],
    );
  });
}

const routes: [what: string, first: Service["labels"], second: Service["labels"], reported: string[]][] = [
  ["one vhost", { VHOST: ["a.com"] }, { VHOST: ["a.com"] }, ["a.com"]],
  ["two vhosts", { VHOST: ["a.com", "b.com"] }, { VHOST: ["b.com", "c.com"] }, ["b.com"]],
  ["vhost and path", { VHOST: ["a.com"], PATH: "/x" }, { VHOST: ["a.com"], PATH: "/x" }, ["a.com /x"]],
  ["another path", { VHOST: ["a.com"], PATH: "/x" }, { VHOST: ["a.com"], PATH: "/y" }, []],
  ["another vhost", { VHOST: ["a.com"] }, { VHOST: ["b.com"] }, []],
];
for (const [what, labels, others, reported] of routes) {
  Deno.test(`claimNames: the same route is only reported, ${what}`, () => {
    const services = [
      serviceOf({ appId: "/a", port: 1, labels }),
      serviceOf({ appId: "/b", port: 2, labels: others }),
    ];
    const claimed = claimNames(services);
    assert.deepEqual(claimed.services, services);
    assert.deepEqual(
      claimed.problems,
      reported.map((route) => ({
        severity: "warning",
        app: "/b",
        index: 0,
        message: `/b: service 0: vhost and path "${route}" belong to /a: service 0 too;` +
          " the rule with the higher weight, else the first, gets the traffic",
      })),
    );
  });
}
