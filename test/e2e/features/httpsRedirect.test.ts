import assert from "node:assert/strict";
import { ask, assertAnswers } from "../support/assertAnswers.ts";
import { feature } from "../support/feature.ts";
import { frontendForms } from "../support/frontendForms.ts";
import { crypted, login } from "../support/passwords.ts";
import { serveApps } from "../support/serveApps.ts";
import { webApp } from "../support/webApp.ts";

for (const [form, flags] of frontendForms) {
  feature(`HTTP to HTTPS (${form}): vhosts are redirected, with a path only under it`, async (bench) => {
    const { domain } = bench;
    const redirecting = (vhost: string, more: Record<string, string> = {}) => ({
      labels: { HAPROXY_0_VHOST: vhost, HAPROXY_0_REDIRECT_TO_HTTPS: "true", ...more },
    });
    await serveApps(bench, [
      await webApp("/one", redirecting(`one.${domain}`)),
      await webApp("/several", redirecting(`a.${domain},b.${domain}`)),
      await webApp("/path", redirecting(`c.${domain}`, { HAPROXY_0_PATH: "/in" })),
      await webApp("/several-path", redirecting(`d.${domain},e.${domain}`, { HAPROXY_0_PATH: "/in" })),
      await webApp("/login", redirecting(`f.${domain}`, { HAPROXY_0_AUTH: `R:alice:${crypted.sha256}` })),
      await webApp("/wild", redirecting(`*.wild.${domain}`)),
      // HAProxy evaluates every redirect before any use_backend, so that of /wild comes before the name of this one.
      await webApp("/named", { labels: { HAPROXY_0_VHOST: `named.wild.${domain}` } }),
      await webApp("/open", { labels: { HAPROXY_0_VHOST: `c.${domain},d.${domain},open.${domain}` } }),
    ], { flags });

    const redirected: [host: string, path: string, app: string][] = [
      [`one.${domain}`, "/", "/one"],
      [`one.${domain}`, "/x?q=1", "/one"],
      [`a.${domain}`, "/x", "/several"],
      [`b.${domain}`, "/x", "/several"],
      [`c.${domain}`, "/in/x", "/path"],
      [`d.${domain}`, "/in", "/several-path"],
      [`e.${domain}`, "/in", "/several-path"],
      [`f.${domain}`, "/", "/login"],
      [`x.wild.${domain}`, "/y", "/wild"],
      [`named.wild.${domain}`, "/y", "/named"],
    ];
    for (const [host, path, app] of redirected) {
      const { status, headers } = await ask(bench.http + path, host);
      assert.deepEqual([status, headers.location], [301, `https://${host}${path}`], `${path} of ${host}`);
      await assertAnswers([[bench.https + path, host, app, { headers: login("alice", "correct") }]]);
    }
    await assertAnswers([
      [bench.http, `c.${domain}`, "/open"],
      [bench.https, `c.${domain}`, "/open"],
      [`${bench.http}/out`, `d.${domain}`, "/open"],
      [`${bench.http}/in`, `open.${domain}`, "/open"],
      [`${bench.http}/out`, `e.${domain}`, 503],
      [bench.https, `f.${domain}`, 401],
    ]);
  });
}
