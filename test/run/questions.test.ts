import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { ControlServer } from "../../lib/shell/operator/control.ts";
import { runHealth } from "../../lib/run/questions.ts";
import { withDirectory } from "../shell/system/withDirectory.ts";

async function whileAnswering(status: number, body: string, test: (runDir: string) => Promise<void>) {
  await withDirectory(async (runDir) => {
    const answer = { status, type: "text/plain", body };
    const routes = { "GET /health": () => answer };
    const control = await ControlServer.listen(join(runDir, "marathon-lb.sock"), routes);
    try {
      await test(runDir);
    } finally {
      await control.close();
    }
  });
}

Deno.test("health: what the one that runs answers", async () => {
  await whileAnswering(
    200,
    "healthy\n",
    async (runDir) => assert.equal(await runHealth(runDir), "healthy\n"),
  );
});

Deno.test("health: all reasons of one that is not healthy, on one line", async () => {
  await whileAnswering(503, 'one thing\nanother: "thing"\n', async (runDir) => {
    await assert.rejects(runHealth(runDir), { message: 'unhealthy: one thing; another: "thing"' });
  });
});

Deno.test("health: no instance listens", () =>
  withDirectory(async (runDir) => {
    await assert.rejects(runHealth(runDir), {
      message:
        `unhealthy: no marathon-lb listens on ${runDir}/marathon-lb.sock: start it, or set --run-dir ` +
        "(MARATHON_LB_RUN_DIR) to its directory",
    });
  }));

Deno.test("health: an instance that does not answer", () =>
  withDirectory(async (runDir) => {
    const path = join(runDir, "marathon-lb.sock");
    const server = createServer((socket) => socket.on("error", () => {}).resume());
    await once(server.listen(path), "listening");
    try {
      const message = `unhealthy: the marathon-lb of ${path} has not answered within 0.05 s`;
      await assert.rejects(runHealth(runDir, 50), { message });
    } finally {
      server.close();
    }
  }));
