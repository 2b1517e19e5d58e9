import assert from "node:assert/strict";
import { certificateShown } from "./support/certificateShown.ts";
import { endToEnd } from "./support/endToEnd.ts";
import { freePort } from "../../tools/harness/freePort.ts";
import { request } from "./support/request.ts";
import { webApp } from "./support/webApp.ts";

endToEnd("serves apps by virtual host, path, app id and service port, on HTTP and HTTPS", async (bench) => {
  const marathon = await bench.startMarathon();
  const [webPort, plainPort] = [await freePort(), await freePort()];
  const vhosts = { HAPROXY_0_VHOST: "web.test,www.test" };
  await marathon.createApp(await webApp("/web", { labels: vhosts, servicePort: webPort }));
  await marathon.createApp(
    await webApp("/shop/api", { labels: { HAPROXY_0_VHOST: "web.test", HAPROXY_0_PATH: "/api" } }),
  );
  await marathon.createApp(await webApp("/plain", { servicePort: plainPort }));
  await marathon.createApp(
    await webApp("/inner", { labels: { HAPROXY_GROUP: "internal", HAPROXY_0_VHOST: "in.test" } }),
  );
  await marathon.settled();
  await bench.serve();

  const appAt = async (url: string, headers: Record<string, string> = {}) => {
    const { status, headers: { "x-app-id": app } } = await request(url, { headers });
    return app ?? status;
  };
  const { http, https, appid } = bench;
  const table: [url: string, headers: Record<string, string>, app: string | number][] = [
    [http, { host: "web.test" }, "/web"],
    [http, { host: "www.test" }, "/web"],
    [http, { host: "WEB.Test" }, "/web"],
    [http, { host: `web.test:${bench.ports.http}` }, "/web"],
    [`${http}/api/orders`, { host: "web.test" }, "/shop/api"],
    [`${http}/api`, { host: "www.test" }, "/web"],
    [http, { host: "other.test" }, 503],
    [http, { host: "in.test" }, 503],
    [https, { host: "web.test" }, "/web"],
    [`${https}/api`, { host: "WEB.test" }, "/shop/api"],
    [https, { host: "in.test" }, 503],
    [appid, { "x-marathon-app-id": "/web" }, "/web"],
    [appid, { "x-marathon-app-id": "/plain" }, 503], // in mode tcp
    [appid, { "x-marathon-app-id": "/shop/api" }, "/shop/api"],
    [appid, { "x-marathon-app-id": "/inner" }, 503],
    [`http://127.0.0.1:${webPort}`, {}, "/web"],
    [`http://127.0.0.1:${plainPort}`, {}, "/plain"],
  ];
  for (const [url, headers, app] of table) {
    assert.equal(await appAt(url, headers), app, `${url} with ${JSON.stringify(headers)}`);
  }
});

endToEnd(
  "makes a self-signed certificate, once, and shows it to whatever name is asked for",
  async (bench) => {
    const marathon = await bench.startMarathon();
    await marathon.createApp(await webApp("/web", { labels: { HAPROXY_0_VHOST: "web.test" } }));
    await marathon.settled();
    const first = await bench.serve();
    await first.until(/created a self-signed one at .*cert\/cert\.pem/);

    const shown = await certificateShown(bench.ports.https, "web.test");
    assert.equal(shown.subject.CN, "*");
    assert.equal(shown.issuer.CN, "*");
    assert.equal(
      (await certificateShown(bench.ports.https, "any.test")).fingerprint256,
      shown.fingerprint256,
    );
    const { status } = await request(bench.https, { servername: "web.test", headers: { host: "web.test" } });
    assert.equal(status, 200);

    await bench.stop(first);
    const second = await bench.serve();
    assert.equal(second.count(/self-signed/), 0);
    assert.equal(
      (await certificateShown(bench.ports.https, "web.test")).fingerprint256,
      shown.fingerprint256,
    );
  },
);
