import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { reservePorts } from "../../../tools/demo/reservePorts.ts";

Deno.test("reserved ports are held until they are released, and free then", async () => {
  const reserved = await reservePorts(5);
  assert.equal(new Set(reserved.ports).size, 5);
  for (const port of reserved.ports) await assert.rejects(listenAndClose(port), { code: "EADDRINUSE" });
  await reserved.release();
  for (const port of reserved.ports) await listenAndClose(port);
  await reserved.release();
});

async function listenAndClose(port: number): Promise<void> {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  server.close();
  await once(server, "close");
}
