import assert from "node:assert/strict";
import { createServer } from "node:http";
import { ask, assertAnswers } from "../support/assertAnswers.ts";
import { feature } from "../support/feature.ts";
import { freePort } from "../../../tools/harness/freePort.ts";
import { ownApp, whileListening } from "../support/ownApp.ts";
import { serveApps } from "../support/serveApps.ts";
import { webApp } from "../support/webApp.ts";

feature("HSTS: answers of the app carry the header, those of others do not", async (bench) => {
  await serveApps(bench, [
    await webApp("/safe", { labels: { HAPROXY_0_VHOST: "safe.test", HAPROXY_0_USE_HSTS: "true" } }),
    await webApp("/plain", { labels: { HAPROXY_0_VHOST: "plain.test", HAPROXY_0_USE_HSTS: "no" } }),
  ]);
  const hsts = async (url: string, host: string) =>
    (await ask(url, host)).headers["strict-transport-security"];
  assert.equal(await hsts(bench.http, "safe.test"), "max-age=15768000");
  assert.equal(await hsts(bench.https, "safe.test"), "max-age=15768000");
  assert.equal(await hsts(bench.https, "plain.test"), undefined);
});

feature(
  "proxypass: the path is cut off, and Host becomes the first vhost, if any",
  async (bench) => {
    const [siteAt, bareAt] = [await freePort(), await freePort()];
    const proxypass = (path: string) => ({ HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH: path });
    await serveApps(bench, [
      await webApp("/site", {
        servicePort: siteAt,
        labels: { ...proxypass("/a/b"), HAPROXY_0_VHOST: "first.test,second.test" },
      }),
      await webApp("/bare", {
        servicePort: bareAt,
        labels: { ...proxypass("/bare"), HAPROXY_0_MODE: "http" },
      }),
      await webApp("/wild", { labels: { ...proxypass("/w"), HAPROXY_0_VHOST: "*.wild.test,sure.test" } }),
      await webApp("/wilder", { labels: { ...proxypass("/w"), HAPROXY_0_VHOST: "*.wilder.test" } }),
    ]);
    const { http, https } = bench;
    const [site, bare] = [siteAt, bareAt].map((port) => `http://127.0.0.1:${port}`);
    const table: [url: string, host: string, url: string, host: string][] = [
      [`${http}/a/b/x/y?q=/a/b/`, "first.test", "/x/y?q=/a/b/", "first.test"],
      [`${http}/a/b/x`, "second.test", "/x", "first.test"],
      [`${https}/a/b/x`, "second.test", "/x", "first.test"],
      [`${http}/A/B/x`, "first.test", "/x", "first.test"],
      [`${http}/a/b`, "first.test", "/", "first.test"],
      [`${http}/a/b/`, "first.test", "/", "first.test"],
      [`${http}/other/a/b/x`, "first.test", "/other/a/b/x", "first.test"],
      [`${site}/a/b/x`, "any.test", "/x", "first.test"],
      [`${bare}/bare/x`, "any.test:81", "/x", "any.test:81"],
      [`${http}/w/x`, "one.wild.test", "/x", "sure.test"],
      [`${http}/w/x`, "one.wilder.test", "/x", "one.wilder.test"],
    ];
    for (const [url, host, ...expected] of table) {
      const { body } = await ask(url, host, { headers: { accept: "application/json" } });
      const { request } = JSON.parse(body);
      assert.deepEqual([request.url, request.headers.host], expected, `${url} of ${host}`);
    }
  },
);

feature(
  "revproxy: a Location at a vhost, or without a host, comes under the path",
  async (bench) => {
    const server = createServer((request, response) => {
      const location = request.headers["answer-location"];
      if (location !== undefined) response.setHeader("location", location);
      response.end();
    });
    const label = "HAPROXY_0_HTTP_BACKEND_REVPROXY_PATH";
    await whileListening([server], async () => {
      const app = (id: string, VHOST: string, path: string) =>
        ownApp(id, [server], { labels: { [label]: path, HAPROXY_0_VHOST: VHOST } });
      const bare = await ownApp("/bare", [server], { labels: { [label]: "/in", HAPROXY_0_MODE: "http" } });
      await serveApps(bench, [
        await app("/content", "a.test", "/my/content"),
        await app("/root", "root.test", "/"),
        await app("/several", "b.test,www.b.test", "/s"),
        await app("/wild", "*.wild.test", "/w"),
        bare,
      ]);
      const table: [host: string, location: string, seen: string][] = [
        ["a.test", "http://a.test/x", "/my/content/x"],
        ["a.test", "https://a.test:8443/x/y?q=1#f", "/my/content/x/y?q=1#f"],
        ["a.test", "HTTP://A.Test/x", "/my/content/x"],
        ["a.test", "/x", "/my/content/x"],
        ["a.test", "/", "/my/content/"],
        ["a.test", "http://a.test/", "/my/content/"],
        ["a.test", "http://b.test/x", "http://b.test/x"],
        ["a.test", "http://a.test.evil.test/x", "http://a.test.evil.test/x"],
        ["a.test", "http://not-a.test/x", "http://not-a.test/x"],
        ["a.test", "http://aXtest/x", "http://aXtest/x"],
        ["a.test", "x", "x"],
        ["root.test", "http://root.test/x", "/x"],
        ["root.test", "https://root.test:8443/x", "/x"],
        ["root.test", "/x", "/x"],
        ["root.test", "http://b.test/x", "http://b.test/x"],
        ["b.test", "http://b.test/x", "/s/x"],
        ["b.test", "https://www.b.test/x", "/s/x"],
        ["www.b.test", "http://b.test:81/x", "/s/x"],
        ["www.b.test", "http://a.test/x", "http://a.test/x"],
        ["one.wild.test", "http://other.wild.test/x", "/w/x"],
        ["one.wild.test", "http://wild.test/x", "http://wild.test/x"],
      ];
      for (const [host, location, seen] of table) {
        for (const url of [bench.http, bench.https]) {
          const { headers } = await ask(url, host, { headers: { "answer-location": location } });
          assert.equal(headers.location, seen, `${location} from ${host} at ${url}`);
        }
      }
      const bareAt = `http://127.0.0.1:${bare.portDefinitions[0]!.port}`;
      for (const [location, seen] of [["/x", "/in/x"], ["http://a.test/x", "http://a.test/x"]] as const) {
        const { headers } = await ask(bareAt, "a.test", { headers: { "answer-location": location } });
        assert.equal(headers.location, seen, `${location} without a vhost`);
      }
      const { status, headers } = await ask(bench.http, "a.test");
      assert.deepEqual([status, headers.location], [200, undefined]);
    });
  },
);

feature("redir: the vhosts' / is redirected, other paths and other hosts are not", async (bench) => {
  const [severalAt, bareAt] = [await freePort(), await freePort()];
  const redir = (path: string) => ({ HAPROXY_0_HTTP_BACKEND_REDIR: path });
  await serveApps(bench, [
    await webApp("/one", { labels: { ...redir("/home"), HAPROXY_0_VHOST: "one.test" } }),
    await webApp("/several", {
      servicePort: severalAt,
      labels: { ...redir("/several/home"), HAPROXY_0_VHOST: "a.test,b.test,*.wild.test" },
    }),
    await webApp("/wild", { labels: { ...redir("/w"), HAPROXY_0_VHOST: "*.only.test" } }),
    await webApp("/bare", { servicePort: bareAt, labels: { ...redir("/b"), HAPROXY_0_MODE: "http" } }),
  ]);
  const { http, https } = bench;
  const [several, bare] = [severalAt, bareAt].map((port) => `http://127.0.0.1:${port}`) as [string, string];
  const redirected: [url: string, host: string, location: string][] = [
    [http, "one.test", "/home"],
    [https, "ONE.test:8443", "/home"],
    [http, "a.test", "/several/home"],
    [http, "b.test", "/several/home"],
    [https, "x.wild.test", "/several/home"],
    [several, "b.test:81", "/several/home"],
    [http, "x.only.test", "/w"],
    [bare, "any.test", "/b"],
  ];
  for (const [url, host, location] of redirected) {
    const { status, headers } = await ask(url, host);
    assert.deepEqual([status, headers.location], [301, location], `${url} of ${host}`);
  }
  await assertAnswers([
    [`${http}/home`, "one.test", "/one"],
    [`${http}/x`, "one.test", "/one"],
    [`${https}/several/home`, "b.test", "/several"],
    [several, "other.test", "/several"],
    [several, "wild.test", "/several"],
    [`${http}/x`, "x.wild.test", "/several"],
    [`${http}/w`, "x.only.test", "/wild"],
    [`${bare}/x`, "any.test", "/bare"],
  ]);
});
