import assert from "node:assert/strict";
import { assertAnswers } from "../support/assertAnswers.ts";
import { feature } from "../support/feature.ts";
import { serveApps } from "../support/serveApps.ts";
import { webApp } from "../support/webApp.ts";

feature("template labels: one that opens global leaves its service out", async (bench) => {
  const app = await webApp("/hostile", {
    labels: {
      HAPROXY_0_VHOST: "hostile.test",
      HAPROXY_0_BACKEND_HTTP_OPTIONS: `\n  option forwardfor\nglobal\n  stats socket ${
        bench.path("own.sock")
      } level admin\n`,
    },
  });
  const open = await webApp("/open", { labels: { HAPROXY_0_VHOST: "open.test" } });
  const { lb } = await serveApps(bench, [app, open]);
  await assertAnswers([[bench.http, "hostile.test", 503], [bench.http, "open.test", "/open"]]);
  await lb.until(/hostile: service 0 is left out: HAPROXY_0_BACKEND_HTTP_OPTIONS has the line "global"/);
  assert.ok(!(await bench.readConfig()).includes("own.sock"));
});
