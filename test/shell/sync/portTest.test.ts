import assert from "node:assert/strict";
import { once } from "node:events";
import process from "node:process";
import { type AddressInfo, createServer, type Server } from "node:net";
import { RefusedServices } from "../../../lib/core/admission/refused.ts";
import { PortTest } from "../../../lib/shell/sync/portTest.ts";
import { serviceOf } from "../../core/model/support/serviceOf.ts";

async function withTaken(test: (port: number, server: Server) => Promise<void>): Promise<void> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await test((server.address() as AddressInfo).port, server);
  } finally {
    server.close();
  }
}

function configuration(port: number, service = serviceOf({ port })) {
  const text = `frontend web\n  bind 127.0.0.1:${port}\n`;
  return { text, chunks: [{ text: "# shared\n" }, { text, service }], maps: noMaps, problems: [] };
}
const noMaps = { "domain2backend.map": "", "app2backend.map": "" };
const idle = { haproxyPids: () => [] };

Deno.test("PortTest: a taken port is an alert at the line that wants it", () =>
  withTaken(async (port) => {
    const ports = new PortTest({ refused: new RefusedServices(), ...idle });
    assert.deepEqual(await ports.check(configuration(port), undefined), {
      valid: false,
      stage: "start",
      messages: [{
        severity: "alert",
        line: 3,
        message: `port ${port} of 127.0.0.1 is taken by process ${process.pid} (deno)`,
      }],
    });
  }));

Deno.test("PortTest: what the running HAProxy has in its file is not tested", () =>
  withTaken(async (port) => {
    const { text } = configuration(port);
    // Without /proc nothing else tells that it is ours.
    const running = new PortTest({ refused: new RefusedServices(), haproxyPids: () => [0] });
    assert.ok((await running.check(configuration(port), { text, maps: noMaps })).valid);
    const ports = new PortTest({ refused: new RefusedServices(), ...idle });
    assert.ok(
      !(await ports.check(configuration(port), { text, maps: noMaps })).valid,
      "nobody holds it while HAProxy does not run",
    );
  }));

Deno.test("PortTest: a taken port that all share is an error", () =>
  withTaken(async (port) => {
    const ports = new PortTest({ refused: new RefusedServices(), ...idle });
    const { text } = configuration(port);
    await assert.rejects(
      ports.check({ text, chunks: [{ text }], maps: noMaps, problems: [] }, undefined),
      new RegExp(`all services need, nothing was changed: port ${port} of 127\\.0\\.0\\.1 is taken`),
    );
  }));

Deno.test("PortTest: a service may be retried once its port is free, and not before", () =>
  withTaken(async (port, server) => {
    const refused = new RefusedServices();
    const ports = new PortTest({ refused, ...idle });
    const service = serviceOf({ port });
    const { messages } = await ports.check(configuration(port, service), undefined);
    refused.refuse(service, messages[0]!.message);
    await ports.forgiveFreed();
    assert.deepEqual(refused.substitute([service]).services, []);
    server.close();
    await once(server, "close");
    await ports.forgiveFreed();
    assert.deepEqual(refused.substitute([service]).services, [service]);
  }));
