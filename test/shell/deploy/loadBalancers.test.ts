import assert from "node:assert/strict";
import { readDefinition } from "../../../lib/core/deploy/definition.ts";
import { LoadBalancers, type LookUp } from "../../../lib/shell/deploy/loadBalancers.ts";
import { systemClock } from "../../../lib/shell/system/clock.ts";

const definition = readDefinition(
  JSON.stringify({
    id: "web",
    ports: [10001],
    labels: { HAPROXY_DEPLOYMENT_GROUP: "web", HAPROXY_DEPLOYMENT_ALT_PORT: "10002" },
  }),
  "web.json",
);
const csv =
  "# pxname,svname,qcur,scur,stot,econ,eresp,status,hrsp_5xx,\nweb_10001,10_0_0_1_31000,0,1,2,0,0,UP,0,\n";

/** Asks the admin ports of a name that leads to these addresses, all at one port. */
async function look(
  handle: (path: string) => Response,
  addresses: string[] | Error,
  url = (port: number) => `http://lb.test:${port}`,
) {
  await using server = Deno.serve({ hostname: "0.0.0.0", port: 0, onListen() {} }, (request) => {
    const { pathname, search } = new URL(request.url);
    return handle(pathname + search);
  });
  const lookup: LookUp = (host) => {
    assert.equal(host, "lb.test");
    if (addresses instanceof Error) return Promise.reject(addresses);
    return Promise.resolve(addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })));
  };
  const { port } = server.addr;
  const balancers = new LoadBalancers([url(port)], {
    clock: systemClock,
    trust: { insecure: false },
    lookup,
  });
  try {
    const found = await balancers.look(definition, AbortSignal.timeout(10_000));
    return found.map((one) => ({ ...one, name: one.name.replace(`:${port}`, "") }));
  } finally {
    balancers.close();
  }
}

const answers = (pids: string) => (path: string) =>
  path === "/_haproxy_getpids" ? new Response(pids) : new Response(path === "/haproxy?stats;csv" ? csv : "?");
const server = { name: "10_0_0_1_31000", status: "UP", busy: 1, requests: 2, errors: 0 };

Deno.test("LoadBalancers: every IPv4 address of a name is an instance", async () => {
  const found = await look(answers("1 2\n"), ["127.0.0.1", "127.0.0.2", "127.0.0.1", "::1"]);
  assert.deepEqual(found, [
    { name: "http://127.0.0.1", oldWorkers: 0, servers: [server] },
    { name: "http://127.0.0.2", oldWorkers: 0, servers: [server] },
  ]);
});

Deno.test("LoadBalancers: processes beyond master and worker are old workers; an address needs no look-up", async () => {
  const found = await look(answers("1 2 3 4"), [], (port) => `http://127.0.0.1:${port}/`);
  assert.deepEqual(found.map(({ oldWorkers }) => oldWorkers), [2]);
});

Deno.test("LoadBalancers: an endpoint that is not there, and a name that leads nowhere, are problems", async () => {
  const found = await look(() => new Response("", { status: 404 }), ["127.0.0.1"]);
  assert.deepEqual(found, [
    { name: "http://127.0.0.1", problem: "/_haproxy_getpids answered HTTP 404", oldWorkers: 0, servers: [] },
  ]);
  const error = Object.assign(new Error("getaddrinfo ENOTFOUND lb.test"), { code: "ENOTFOUND" });
  const [none] = await look(answers(""), error);
  assert.deepEqual([none!.name, none!.problem], ["lb.test", "no such host name"]);
});
