import assert from "node:assert/strict";
import { endToEnd } from "./support/endToEnd.ts";
import { serveApps } from "./support/serveApps.ts";
import { webApp } from "./support/webApp.ts";

endToEnd("an app that wants a port of the load balancer gets none of its traffic", async (bench) => {
  const { http } = bench.ports;
  const web = await webApp("/web", { labels: { HAPROXY_0_VHOST: "web.example.com" } });
  const thief = await webApp("/thief", { servicePort: http });
  const { lb, marathon } = await serveApps(bench, [web, thief], { flags: ["--http-bind", `*:${http}`] });
  const without = "service 0 is served without a frontend of its own";
  await lb.until(new RegExp(`/thief: ${without}: port ${http} is that of --http-bind`));
  for (let i = 0; i < 20; i++) assert.match((await bench.get("web.example.com")).body, /^\/web /);

  // Also one that comes later, by a label, for a single address.
  const before = lb.lines.length;
  const late = await webApp("/late", {
    labels: { HAPROXY_0_PORT: String(http), HAPROXY_0_BIND_ADDR: "127.0.0.1" },
  });
  await marathon.createApp(late);
  await lb.until(new RegExp(`/late: ${without}: port ${http} is that of --http-bind`), before);
  for (let i = 0; i < 20; i++) assert.match((await bench.get("web.example.com")).body, /^\/web /);
});
