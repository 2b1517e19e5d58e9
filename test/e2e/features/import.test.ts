import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { freePort } from "../../../tools/harness/freePort.ts";
import { eventually } from "../../../tools/harness/eventually.ts";
import { ask, assertAnswers } from "../support/assertAnswers.ts";
import { feature } from "../support/feature.ts";
import { serveApps } from "../support/serveApps.ts";
import { webApp } from "../support/webApp.ts";

feature(
  "import edgelb: the labels that it prints serve the hosts, paths and ports of Edge-LB; it applies none itself",
  async (bench) => {
    const port = await freePort();
    const exposed = { "edgelb.expose": "true" };
    const { marathon } = await serveApps(bench, [
      await webApp("/site", { labels: { ...exposed, "edgelb.site.frontend.rules": "hostEq:shop.test" } }),
      await webApp("/cart", {
        labels: {
          ...exposed,
          "edgelb.cart.frontend.certificates": "$AUTOCERT",
          "edgelb.cart.frontend.rules": "hostEq:shop.test|pathBeg:/cart",
          "edgelb.cart.backend.rewriteHttp.path": "/cart:/",
          "edgelb.cart.backend.rewriteHttp.sticky": "",
        },
      }),
      await webApp("/db", {
        labels: { ...exposed, "edgelb.db.frontend.protocol": "TCP", "edgelb.db.frontend.port": String(port) },
      }),
      await webApp("/pooled"),
      await webApp("/open", { labels: exposed }),
    ]);
    await writeFile(
      bench.path("pool.json"),
      JSON.stringify({
        apiVersion: "V2",
        name: "edge",
        count: 2,
        haproxy: {
          frontends: [{
            bindPort: 80,
            protocol: "HTTP",
            linkBackend: { map: [{ hostReg: "^.*\\.pool\\.test$", backend: "pooled" }] },
          }],
          backends: [{
            name: "pooled",
            protocol: "HTTP",
            balance: "leastconn",
            services: [{ marathon: { serviceID: "/pooled" }, endpoint: {} }],
          }],
        },
      }),
    );
    const words = ["import", "edgelb", bench.path("pool.json"), ...bench.flags];
    const told = await bench.run(words);
    assert.equal(told.code, 0, told.lines.join("\n"));
    assert.match(told.output, /^\/db\n\{\n {2}"HAPROXY_GROUP": "external",\n/m);
    assert.match(
      told.output,
      /^\/open: edgelb\.__default__\.frontend\.rules is lost: the rule has no host: /m,
    );
    assert.match(told.output, /^edge: count is lost: it says where and how the pool runs, /m);
    assert.match(told.output, /\n4 apps with labels to set, 2 lost, \d differ\n$/);
    await assertAnswers([[bench.http, "shop.test", 503]]);

    const { code, output } = await bench.run([...words, "--json", "--strict"]);
    assert.equal(code, 3);
    const { apps } = JSON.parse(output) as { apps: { id: string; labels: Record<string, string> }[] };
    for (const { id, labels } of apps) await marathon.updateApp(id, { labels });
    const http = `http://127.0.0.1:${port}`;
    await eventually(() =>
      assertAnswers([
        [bench.http, "shop.test", "/site"],
        [bench.https, "shop.test", "/site"],
        [`${bench.https}/cart/1`, "shop.test", "/cart"],
        [`${bench.http}/cart/1`, "shop.test", 301],
        [bench.http, "x.pool.test", "/pooled"],
        [bench.http, "pool.test", 503],
        [http, "any.test", "/db"],
      ])
    );
    const accept = { headers: { accept: "application/json" } };
    const { headers, body } = await ask(`${bench.https}/cart/1`, "shop.test", accept);
    assert.match(String(headers["set-cookie"]), /^mesosphere_server_id=/);
    assert.equal(JSON.parse(body).request.url, "/1");
  },
);
