import assert from "node:assert/strict";
import { listeningPorts, withoutLoops } from "../../../lib/core/model/loops.ts";
import { serviceOf } from "./support/serviceOf.ts";

const machine = {
  ownAddresses: new Set(["10.0.0.9"]),
  ownBinds: [{ flag: "--admin-bind", host: "127.0.0.1", port: 9090 }],
};
const elsewhere = { host: "10.0.0.1", ip: "10.0.0.1", port: 10001, draining: false };

const cases: [what: string, ip: string, port: number, labels: { BIND_ADDR?: string[] }, loops: boolean][] = [
  ["its own port by loopback", "127.0.0.1", 10001, {}, true],
  ["its own port by another address of loopback", "127.9.9.9", 10001, {}, true],
  ["its own port by the machine's address", "10.0.0.9", 10001, {}, true],
  ["its own port by IPv6", "::1", 10001, { BIND_ADDR: ["::"] }, true],
  ["all addresses", "0.0.0.0", 10001, {}, true],
  ["the load balancer's own port", "127.0.0.1", 9090, {}, true],
  ["the load balancer's own port at another address", "10.0.0.9", 9090, {}, false],
  ["its port of another machine", "10.0.0.1", 10001, {}, false],
  ["another port of this machine", "127.0.0.1", 10002, {}, false],
  ["loopback, where it listens at another address", "127.0.0.1", 10001, { BIND_ADDR: ["10.0.0.9"] }, false],
];
for (const [what, ip, port, labels, loops] of cases) {
  Deno.test(`withoutLoops: a server with ${what} ${loops ? "is left out" : "stays"}`, () => {
    const server = { host: ip, ip, port, draining: false };
    const service = serviceOf({ appId: "/a", port: 10001, labels, backends: [elsewhere, server] });
    const { services, problems } = withoutLoops([service], listeningPorts([service], machine), machine);
    assert.deepEqual(services.map(({ backends }) => backends), [loops ? [elsewhere] : [elsewhere, server]]);
    assert.deepEqual(problems.map(({ code }) => code), loops ? ["server-loops"] : []);
    if (!loops) assert.equal(services[0], service);
  });
}

Deno.test("withoutLoops: two apps that lead to each other are left out, a port that is lost leads nowhere", () => {
  const to = (port: number) => [{ host: "127.0.0.1", ip: "127.0.0.1", port, draining: false }];
  const pair = [
    serviceOf({ appId: "/a", port: 10001, backends: to(10002) }),
    serviceOf({ appId: "/b", port: 10002, backends: to(10001) }),
  ];
  const { services, problems } = withoutLoops(pair, listeningPorts(pair, machine), machine);
  assert.deepEqual(services, []);
  assert.match(
    problems[0]!.message,
    /^\/a: service 0: the server 127\.0\.0\.1:10002 is ignored: HAProxy listens there itself; give/,
  );
  const lost = [pair[0]!, { ...pair[1]!, frontend: false as const }];
  assert.equal(withoutLoops(lost, listeningPorts(lost, machine), machine).services.length, 1);
});
