import assert from "node:assert/strict";
import { controlRoutes } from "../../../lib/shell/run/controlRoutes.ts";

for (const [path, signal] of [["hup", "SIGHUP"], ["usr1", "SIGUSR1"]] as const) {
  Deno.test(`controlRoutes: /signal/${path} is as good as ${signal}`, async () => {
    const ticks: string[] = [];
    const routes = controlRoutes((reason) => ticks.push(reason));
    assert.deepEqual(ticks, []);
    assert.deepEqual(await routes[`POST /signal/${path}`]!(), {
      status: 200,
      type: "text/plain",
      body: `${signal} delivered\n`,
    });
    assert.deepEqual(ticks, [signal]);
  });
}
