import assert from "node:assert/strict";
import { ask, assertAnswers } from "../support/assertAnswers.ts";
import { eventually } from "../../../tools/harness/eventually.ts";
import { feature } from "../support/feature.ts";
import { freePort } from "../../../tools/harness/freePort.ts";
import { serveApps } from "../support/serveApps.ts";
import { webApp } from "../support/webApp.ts";

/** Labels with which an app took over, stopped or robbed others, and the port of the one that it was after. */
const attacks = (port: number): Readonly<Record<string, string>>[] => [
  { HAPROXY_0_VHOST: "e2.test;@master;hard-reload" },
  { HAPROXY_0_VHOST: "e6.test <<" },
  { HAPROXY_0_VHOST: "e8.test victim" },
  { HAPROXY_0_VHOST: "zz.test } or { always_true" },
  { HAPROXY_0_VHOST: "a.test", HAPROXY_0_PATH: "/x } or { always_true" },
  { HAPROXY_0_VHOST: "b.test", HAPROXY_0_HTTP_BACKEND_REDIR: "%[path,map_str(/dev/zero)]" },
  { HAPROXY_0_VHOST: "c.test", HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH: '/"' },
  { HAPROXY_0_VHOST: "d.test", HAPROXY_0_HTTP_BACKEND_REVPROXY_PATH: "/%[path,map_str(/dev/zero)]" },
  { HAPROXY_0_BIND_ADDR: `127.0.0.1:${port},127.0.0.1` },
  { HAPROXY_0_BIND_ADDR: `*:${port},*` },
  { HAPROXY_0_SSL_CERT: "/dev/zero" },
  { HAPROXY_0_BIND_OPTIONS: "level admin" },
];

feature(
  "hostile labels are refused one by one, beside a victim whose every answer stays its own",
  async (bench) => {
    const victimAt = await freePort();
    const victim = await webApp("/victim", {
      servicePort: victimAt,
      labels: { HAPROXY_0_VHOST: "victim.test" },
    });
    const bad = await Promise.all(
      attacks(victimAt).map((labels, number) =>
        // Before the victim in the order of ids.
        webApp(`/bad-${number}`, { labels: { HAPROXY_0_MODE: "http", ...labels } })
      ),
    );
    await serveApps(bench, [victim, ...bad]);
    const urls = [`http://127.0.0.1:${victimAt}/x`, `${bench.http}/x`, `${bench.https}/x`];
    for (let round = 0; round < 10; round++) {
      for (const url of urls) {
        const { status, headers } = await ask(url, "victim.test");
        assert.deepEqual([status, headers["x-app-id"]], [200, "/victim"], url);
      }
    }
    const status = async () => JSON.parse((await ask(`${bench.admin}/_mlb_status`, "any.test")).body);
    await eventually(async () => {
      const text = JSON.stringify(await status());
      for (const { id } of bad) assert.ok(text.includes(`${id}: service 0 is left out: HAPROXY_0_`), id);
    });
  },
);

feature(
  "paths of all characters that are allowed, and addresses to bind, mean what they say",
  async (bench) => {
    const [at, boundAt] = [await freePort(), await freePort()];
    const path = "/a!&()*+,;=:@~-._%20%41";
    await serveApps(bench, [
      await webApp("/cut", {
        servicePort: at,
        labels: { HAPROXY_0_MODE: "http", HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH: path },
      }),
      await webApp("/prefix", {
        labels: { HAPROXY_0_VHOST: "prefix.test", HAPROXY_0_PATH: `-i /other ${path}` },
      }),
      await webApp("/sent", {
        labels: {
          HAPROXY_0_VHOST: "_sent-1.test.",
          HAPROXY_0_HTTP_BACKEND_REDIR: `http://x.test:81${path}?a=${path}`,
        },
      }),
      await webApp("/bound", {
        servicePort: boundAt,
        labels: { HAPROXY_0_MODE: "http", HAPROXY_0_BIND_ADDR: "127.0.0.2,ipv4@127.0.0.3" },
      }),
    ]);
    const asked = async (url: string) => {
      const { body } = await ask(url, "any.test", { headers: { accept: "application/json" } });
      return JSON.parse(body).request.url;
    };
    assert.equal(await asked(`http://127.0.0.1:${at}${path}/x`), "/x");
    assert.equal(
      await asked(`http://127.0.0.1:${at}${path.replace("*", "")}/x`),
      `${path.replace("*", "")}/x`,
    );
    const { headers } = await ask(`${bench.http}/`, "_sent-1.test.");
    assert.equal(headers.location, `http://x.test:81${path}?a=${path}`);
    await assertAnswers([
      [`${bench.http}${path}/x`, "prefix.test", "/prefix"],
      [`${bench.http}/x`, "prefix.test", 503],
      [`http://127.0.0.2:${boundAt}`, "any.test", "/bound"],
      [`http://127.0.0.3:${boundAt}`, "any.test", "/bound"],
    ]);
    await assert.rejects(ask(`http://127.0.0.1:${boundAt}`, "any.test"), { code: "ECONNREFUSED" });
  },
);
