import assert from "node:assert/strict";
import { endToEnd } from "./support/endToEnd.ts";
import { serveApps } from "./support/serveApps.ts";
import { webApp } from "./support/webApp.ts";

endToEnd("an app that wants a port of the load balancer gets none of its traffic", async (bench) => {
  const { http } = bench.ports;
  const web = await webApp("/web", { labels: { HAPROXY_0_VHOST: "web.example.com" } });
  const thief = await webApp("/thief", { servicePort: http });
  const { lb, marathon } = await serveApps(bench, [web, thief], { flags: ["--http-bind", `*:${http}`] });
  const leftOut = new RegExp(`/thief: service 0 is left out: port ${http} is that of --http-bind`);
  await lb.until(leftOut);
  for (let i = 0; i < 20; i++) assert.match((await bench.get("web.example.com")).body, /^\/web /);

  // Also one that comes later, and by a label.
  const before = lb.lines.length;
  const late = await webApp("/late", { labels: { HAPROXY_0_PORT: String(http) } });
  await marathon.createApp(late);
  await lb.until(new RegExp(`/late: service 0 is left out: port ${http} is that of --http-bind`), before);
  for (let i = 0; i < 20; i++) assert.match((await bench.get("web.example.com")).body, /^\/web /);
});
