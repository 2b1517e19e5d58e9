import assert from "node:assert/strict";
import { assertAnswers, type Expectation } from "../support/assertAnswers.ts";
import { feature } from "../support/feature.ts";
import { frontendForms } from "../support/frontendForms.ts";
import { crypted, login } from "../support/passwords.ts";
import { serveApps } from "../support/serveApps.ts";
import { webApp } from "../support/webApp.ts";

for (const [form, flags] of frontendForms) {
  feature(
    `AUTH_EVERYWHERE (${form}): vhost, service port and app id ask for the login alike`,
    async (bench) => {
      const { domain } = bench;
      const guarded = {
        HAPROXY_0_VHOST: `shut.${domain}`,
        HAPROXY_0_AUTH: `Staff only:alice:${crypted.sha512}`,
        HAPROXY_0_AUTH_EVERYWHERE: "true",
      };
      const shut = await webApp("/shut", { labels: guarded });
      const several = await webApp("/several", {
        labels: { ...guarded, HAPROXY_0_VHOST: `a.${domain},b.${domain}`, HAPROXY_0_PATH: "/in" },
      });
      const half = await webApp("/half", {
        labels: { HAPROXY_0_VHOST: `half.${domain}`, HAPROXY_0_AUTH: `Half:alice:${crypted.sha256}` },
      });
      const redirecting = await webApp("/redirecting", {
        labels: {
          ...guarded,
          HAPROXY_0_VHOST: `r.${domain}`,
          HAPROXY_0_REDIRECT_TO_HTTPS: "true",
          HAPROXY_0_HTTP_BACKEND_REDIR: "/welcome",
          HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL: "127.0.0.0/8",
        },
      });
      const open = await webApp("/open", { labels: { HAPROXY_0_VHOST: `open.${domain}` } });
      const { lb } = await serveApps(bench, [shut, several, half, redirecting, open], { flags });

      const port = ({ portDefinitions }: Awaited<ReturnType<typeof webApp>>) =>
        `http://127.0.0.1:${portDefinitions[0]!.port}`;
      const correct = login("alice", "correct");
      const all = (url: string, host: string, app: string): Expectation[] => [
        [url, host, 401],
        [url, host, 401, { headers: login("alice", "wrong") }],
        [url, host, 401, { headers: login("mallory", "correct") }],
        [url, host, app, { headers: correct }],
      ];
      const byId = (id: string): Expectation[] =>
        [id, id.toUpperCase(), ` ${id} `].flatMap((header): Expectation[] => [
          [bench.appid, "any", 401, { headers: { "x-marathon-app-id": header } }],
          [bench.appid, "any", id, { headers: { "x-marathon-app-id": header, ...correct } }],
        ]);
      await assertAnswers([
        ...all(bench.http, `shut.${domain}`, "/shut"),
        ...all(bench.https, `shut.${domain}`, "/shut"),
        ...all(port(shut), "any", "/shut"),
        ...all(`${bench.http}/in`, `a.${domain}`, "/several"),
        ...all(`${bench.https}/in`, `b.${domain}`, "/several"),
        ...all(port(several), "any", "/several"),
        [bench.http, `r.${domain}`, 301],
        ...all(`${bench.https}/x`, `r.${domain}`, "/redirecting"),
        [bench.https, `r.${domain}`, 401],
        ...all(`${port(redirecting)}/x`, "any", "/redirecting"),
      ]);
      await assertAnswers(byId("/shut"));
      // As the warning says: the login of /half guards its virtual host only.
      await assertAnswers([
        [bench.http, `half.${domain}`, 401],
        [port(half), "any", "/half"],
        [bench.http, `open.${domain}`, "/open"],
      ]);
      assert.equal(lb.count(/half: service 0: HAPROXY_0_AUTH guards the virtual hosts only/), 1);
      assert.equal(lb.count(/HAPROXY_0_AUTH guards/), 1);
    },
  );
}

feature(
  "AUTH: a hash that keeps HAProxy busy leaves its service out, and no request waits",
  async (bench) => {
    const costly = (rounds: number) => crypted.sha512.replace("$6$", `$6$rounds=${rounds}$`);
    const apps = await Promise.all([25_000_000, 999_999_999].map((rounds, rank) =>
      webApp(`/costly${rank}`, {
        labels: { HAPROXY_0_VHOST: `c${rank}.test`, HAPROXY_0_AUTH: `Shop:alice:${costly(rounds)}` },
      })
    ));
    const open = await webApp("/open", { labels: { HAPROXY_0_VHOST: "open.test" } });
    const { lb } = await serveApps(bench, [...apps, open]);
    await assertAnswers([
      [bench.http, "c0.test", 503, { headers: login("alice", "correct") }],
      [bench.http, "open.test", "/open"],
    ]);
    await lb.until(
      /costly0: service 0 is left out: .*crypted by sha512crypt with 25000000 rounds; expected at most/,
    );
    await lb.until(/costly1: service 0 is left out: .*crypted by sha512crypt with 999999999 rounds/);
  },
);
