import assert from "node:assert/strict";
import { once } from "node:events";
import process from "node:process";
import { type AddressInfo, createServer, type Server } from "node:net";
import type { BindAddress } from "../../../lib/core/admission/binds.ts";
import { findTakenPorts, testBind } from "../../../lib/shell/haproxy/ports.ts";
import { serviceOf } from "../../core/model/support/serviceOf.ts";
import { freePort } from "../../../tools/harness/freePort.ts";

async function listen(host: string): Promise<{ server: Server; port: number }> {
  const server = createServer().listen(0, host);
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, "close");
}

const at = (host: string, port: number): BindAddress => ({ host, port, ipv6Only: false });

Deno.test("testBind: a free port is free, again and again", async () => {
  const port = await freePort();
  for (const host of ["127.0.0.1", "0.0.0.0", "127.0.0.1"]) {
    assert.equal(await testBind(at(host, port)), undefined);
  }
  const server = createServer().listen(port);
  await once(server, "listening");
  await close(server);
});

Deno.test("testBind: a port with a listener is taken, at its address and at the wildcard", async () => {
  const { server, port } = await listen("127.0.0.1");
  assert.equal(
    (await testBind(at("127.0.0.1", port)))?.reason,
    `port ${port} of 127.0.0.1 is taken by another process`,
  );
  assert.equal(
    (await testBind(at("0.0.0.0", port)))?.reason,
    `port ${port} of 0.0.0.0 is taken by another process`,
  );
  assert.equal(await testBind(at("127.0.0.2", port)), undefined);
  await close(server);
});

Deno.test("testBind: an address of another machine", async () => {
  assert.match(
    (await testBind(at("192.0.2.1", 10_001)))!.reason,
    /^port 10001 of 192\.0\.2\.1 cannot be opened: this machine/,
  );
});

Deno.test("findTakenPorts: what our HAProxy listens on is not taken", async () => {
  const [one, two] = [await listen("127.0.0.1"), await listen("::1")];
  const binds = [{ address: at("127.0.0.1", one.port), line: 1 }, { address: at("::1", two.port), line: 2 }];
  assert.deepEqual((await findTakenPorts(binds, [])).map(({ line, reason }) => [line, reason]), [
    [1, `port ${one.port} of 127.0.0.1 is taken by another process`],
    [2, `port ${two.port} of ::1 is taken by another process`],
  ]);
  // This process plays HAProxy.
  assert.deepEqual(await findTakenPorts(binds, [process.pid]), []);
  assert.equal((await findTakenPorts(binds, [process.ppid])).length, 2);
  await Promise.all([one, two].map(({ server }) => close(server)));
});

Deno.test("findTakenPorts: a service that asks for too many ports has none", async () => {
  const service = serviceOf({ appId: "/greedy" });
  const bind = { address: at("127.0.0.1", await freePort()), line: 7, service, excessive: true } as const;
  assert.deepEqual(await findTakenPorts([bind], []), [{
    ...bind,
    reason: "it needs more than 65535 ports",
  }]);
});
