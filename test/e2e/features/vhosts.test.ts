import { assertAnswers, type Expectation } from "../support/assertAnswers.ts";
import { feature } from "../support/feature.ts";
import { frontendForms } from "../support/frontendForms.ts";
import { serveApps } from "../support/serveApps.ts";
import { webApp } from "../support/webApp.ts";

for (const [form, flags] of frontendForms) {
  feature(
    `vhosts (${form}): whatever the case and the port, each is served on HTTP and HTTPS`,
    async (bench) => {
      const { domain } = bench;
      await serveApps(bench, [
        await webApp("/one", { labels: { HAPROXY_0_VHOST: `One.${domain}` } }),
        await webApp("/several", { labels: { HAPROXY_0_VHOST: `a.${domain},b.${domain}, c.${domain}` } }),
        await webApp("/last", { labels: { HAPROXY_0_VHOST: `z.${domain}` } }),
      ], { flags });
      for (const url of [bench.http, bench.https]) {
        await assertAnswers([
          [url, `one.${domain}`, "/one"],
          [url, `ONE.${domain}`, "/one"],
          [url, `one.${domain}:8080`, "/one"],
          [url, `One.${domain.toUpperCase()}:443`, "/one"],
          [url, `a.${domain}`, "/several"],
          [url, `B.${domain.toUpperCase()}:1`, "/several"],
          [url, `c.${domain}`, "/several"],
          [url, `z.${domain}`, "/last"],
        ]);
      }
      await assertAnswers([
        [bench.http, `other.${domain}`, 503],
        [bench.http, `one.${domain}.other.test`, 503],
        [bench.http, `x.one.${domain}`, 503],
      ]);
    },
  );

  feature(`wildcard vhosts (${form}): all hosts of the domain but those that are named`, async (bench) => {
    const { domain } = bench;
    await serveApps(bench, [
      // Before the exact host in the order of apps.
      await webApp("/any", { labels: { HAPROXY_0_VHOST: `*.Example.${domain}` } }),
      await webApp("/exact", { labels: { HAPROXY_0_VHOST: `a.example.${domain}` } }),
      await webApp("/any-path", {
        labels: { HAPROXY_0_VHOST: `*.example.${domain}`, HAPROXY_0_PATH: "/in" },
      }),
      await webApp("/both", { labels: { HAPROXY_0_VHOST: `*.both.${domain},both.${domain}` } }),
      await webApp("/both-exact", { labels: { HAPROXY_0_VHOST: `b.both.${domain},other.${domain}` } }),
    ], { flags });
    for (const url of [bench.http, bench.https]) {
      await assertAnswers([
        [url, `a.example.${domain}`, "/exact"],
        [url, `A.EXAMPLE.${domain}:80`, "/exact"],
        [url, `b.example.${domain}`, "/any"],
        [url, `B.Example.${domain.toUpperCase()}:80`, "/any"],
        [url, `a.b.example.${domain}`, "/any"],
        [`${url}/in`, `b.example.${domain}`, "/any-path"],
        [`${url}/in`, `a.example.${domain}`, "/exact"],
        [url, `both.${domain}`, "/both"],
        [url, `x.both.${domain}`, "/both"],
        [url, `b.both.${domain}`, "/both-exact"],
        [url, `other.${domain}`, "/both-exact"],
      ]);
    }
    await assertAnswers([[bench.http, `example.${domain}`, 503], [bench.http, `aexample.${domain}`, 503]]);
  });

  feature(
    `paths (${form}): the highest weight is asked first, a path before the whole vhost`,
    async (bench) => {
      const { domain } = bench;
      const app = (id: string, path: string | undefined, weight?: string) =>
        webApp(id, {
          labels: {
            HAPROXY_0_VHOST: `one.${domain},two.${domain}`,
            ...path && { HAPROXY_0_PATH: path },
            ...weight && { HAPROXY_0_BACKEND_WEIGHT: weight },
          },
        });
      await serveApps(bench, [
        await app("/a-root", undefined),
        await app("/b-api", "/api"),
        await app("/c-api-v2", "/api/v2", "5"),
        await app("/d-api-v2-beta", "-i /api/v2/beta /api/beta", "10"),
        await app("/e-hidden", "/api/v2/beta", "2"),
      ], { flags });
      const table = [
        ["/", "/a-root"],
        ["/other", "/a-root"],
        ["/api", "/b-api"],
        ["/api/v1", "/b-api"],
        ["/api/v2", "/c-api-v2"],
        ["/api/v2/beta", "/d-api-v2-beta"],
        ["/API/Beta", "/d-api-v2-beta"],
        ["/API/V2", "/a-root"],
      ] as const;
      for (const url of [bench.http, bench.https]) {
        await assertAnswers(
          table.flatMap(([path, app]) =>
            [`one.${domain}`, `TWO.${domain}:81`].map((host): Expectation => [url + path, host, app])
          ),
        );
      }
    },
  );
}
