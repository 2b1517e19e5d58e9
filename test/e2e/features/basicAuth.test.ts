import assert from "node:assert/strict";
import { ask, assertAnswers, type Expectation } from "../support/assertAnswers.ts";
import { feature } from "../support/feature.ts";
import { frontendForms } from "../support/frontendForms.ts";
import { crypted, login } from "../support/passwords.ts";
import { serveApps } from "../support/serveApps.ts";
import { webApp } from "../support/webApp.ts";

for (const [form, flags] of frontendForms) {
  feature(`basic auth (${form}): only the right password passes, by vhost and by path`, async (bench) => {
    const { domain } = bench;
    await serveApps(bench, [
      await webApp("/one", {
        labels: { HAPROXY_0_VHOST: `one.${domain}`, HAPROXY_0_AUTH: `Staff only:alice:${crypted.sha256}` },
      }),
      await webApp("/path", {
        labels: {
          HAPROXY_0_VHOST: `open.${domain}`,
          HAPROXY_0_PATH: "/admin",
          HAPROXY_0_AUTH: `Admins:bob:${crypted.sha512}`,
        },
      }),
      await webApp("/open", { labels: { HAPROXY_0_VHOST: `open.${domain}` } }),
      await webApp("/several", {
        labels: {
          HAPROXY_0_VHOST: `a.${domain},b.${domain}`,
          HAPROXY_0_AUTH: `Several:carol:${crypted.sha256}`,
        },
      }),
      await webApp("/several-path", {
        labels: {
          HAPROXY_0_VHOST: `c.${domain},d.${domain}`,
          HAPROXY_0_PATH: "-i /in /inner",
          HAPROXY_0_AUTH: `Inner:dave:${crypted.sha512}`,
        },
      }),
    ], { flags });
    const table: [host: string, path: string, realm: string, user: string, app: string][] = [
      [`one.${domain}`, "/", "Staff only", "alice", "/one"],
      [`ONE.${domain}:81`, "/x", "Staff only", "alice", "/one"],
      [`open.${domain}`, "/admin/x", "Admins", "bob", "/path"],
      [`a.${domain}`, "/", "Several", "carol", "/several"],
      [`b.${domain}`, "/", "Several", "carol", "/several"],
      [`c.${domain}`, "/in", "Inner", "dave", "/several-path"],
      [`d.${domain}`, "/INNER", "Inner", "dave", "/several-path"],
    ];
    for (const [host, path, realm, user, app] of table) {
      for (const base of [bench.http, bench.https]) {
        const url = base + path;
        const { status, headers } = await ask(url, host);
        assert.equal(status, 401, `${url} of ${host}`);
        assert.equal(headers["www-authenticate"], `Basic realm="${realm}"`);
        await assertAnswers([
          [url, host, app, { headers: login(user, "correct") }],
          [url, host, 401, { headers: login(user, "wrong") }],
          [url, host, 401, { headers: login("mallory", "correct") }],
        ]);
      }
    }
    await assertAnswers([[bench.http, `open.${domain}`, "/open"], [bench.https, `open.${domain}`, "/open"]]);
  });

  feature(`basic auth (${form}): users of one service do not pass the login of another`, async (bench) => {
    const { domain } = bench;
    const services = [
      { vhost: `one.${domain}`, path: "/a", user: "alice" },
      { vhost: `one.${domain}`, path: "/b", user: "bob" },
      { vhost: `one.${domain},two.${domain}`, path: "/c", user: "carol" },
      { vhost: `one.${domain},two.${domain}`, path: "/d", user: "dave" },
    ];
    const labels = services.map(({ vhost, path, user }, index) => ({
      [`HAPROXY_${index}_VHOST`]: vhost,
      [`HAPROXY_${index}_PATH`]: path,
      [`HAPROXY_${index}_AUTH`]: `Of ${user}:${user}:${crypted.sha256}`,
    }));
    const app = await webApp("/app", { services: services.length, labels: Object.assign({}, ...labels) });
    await serveApps(bench, [app], { flags });
    for (const base of [bench.http, bench.https]) {
      for (const { vhost, path, user: owner } of services) {
        await assertAnswers(services.flatMap(({ user }) =>
          vhost.split(",").map((host): Expectation => {
            const headers = login(user, "correct");
            return [base + path, host, user === owner ? "/app" : 401, { headers }];
          })
        ));
      }
    }
  });
}
