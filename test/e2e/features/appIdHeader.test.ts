import { assertAnswers, type Expectation } from "../support/assertAnswers.ts";
import { feature } from "../support/feature.ts";
import { serveApps } from "../support/serveApps.ts";
import { webApp } from "../support/webApp.ts";

for (const [form, flags] of [["rules", []], ["maps", ["--haproxy-map"]]] as const) {
  feature(`app-id header (${form}): it chooses the app, whatever the Host`, async (bench) => {
    await serveApps(bench, [
      await webApp("/web", { labels: { HAPROXY_0_VHOST: "web.test" } }),
      await webApp("/shop/api", { labels: { HAPROXY_0_MODE: "http" } }),
      // The first service in mode http counts.
      await webApp("/two", { services: 2, labels: { HAPROXY_1_MODE: "http" } }),
      await webApp("/raw"),
    ], { flags });
    const table = [
      ["/web", "/web"],
      ["/WEB", "/web"],
      ["/shop/api", "/shop/api"],
      ["/two", "/two"],
      ["/raw", 503],
      ["/shop", 503],
      ["web", 503],
      ["", 503],
    ] as const;
    await assertAnswers(table.flatMap(([id, app]): Expectation[] => {
      const headers = { "x-marathon-app-id": id };
      return ["web.test", "any.test"].map((host) => [bench.appid, host, app, { headers }]);
    }));
    await assertAnswers([[bench.appid, "web.test", 503]]);
  });
}
