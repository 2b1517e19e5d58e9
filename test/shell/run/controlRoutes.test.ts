import assert from "node:assert/strict";
import { controlRoutes } from "../../../lib/shell/run/controlRoutes.ts";

/** The routes of a controller with this to tell. */
function routesOf({ ticks = [] as string[], reasons = [] as string[] } = {}) {
  const status = {
    metrics: (certificates: readonly unknown[]) => `metrics, ${certificates.length} certificate\n`,
    health: () => ({ healthy: reasons.length === 0, reasons }),
    status: (certificates: readonly unknown[]) => JSON.stringify({ certificates }),
  };
  const certificates = () => Promise.resolve([{ path: "/c.pem", error: "gone" }]);
  return controlRoutes((reason) => ticks.push(reason), status, certificates);
}

for (const [path, signal] of [["hup", "SIGHUP"], ["usr1", "SIGUSR1"]] as const) {
  Deno.test(`controlRoutes: /signal/${path} is as good as ${signal}`, async () => {
    const ticks: string[] = [];
    const routes = routesOf({ ticks });
    assert.deepEqual(ticks, []);
    assert.deepEqual(await routes[`POST /signal/${path}`]!(), {
      status: 200,
      type: "text/plain",
      body: `${signal} delivered\n`,
    });
    assert.deepEqual(ticks, [signal]);
  });
}

const reports: readonly [route: string, reasons: string[], status: number, type: RegExp, body: string][] = [
  ["GET /metrics", [], 200, /^text\/plain; version=0\.0\.4/, "metrics, 1 certificate\n"],
  ["GET /status", ["x"], 200, /^application\/json$/, '{"certificates":[{"path":"/c.pem","error":"gone"}]}'],
  ["GET /health", [], 200, /^text\/plain/, "healthy\n"],
  [
    "GET /health",
    ["HAProxy is gone", "so is Marathon"],
    503,
    /^text\/plain/,
    "HAProxy is gone\nso is Marathon\n",
  ],
];
for (const [route, reasons, status, type, body] of reports) {
  Deno.test(`controlRoutes: ${route}, ${reasons.length} reasons`, async () => {
    const answer = await routesOf({ reasons })[route]!();
    assert.deepEqual([answer.status, answer.body], [status, body]);
    assert.match(answer.type, type);
  });
}
