import assert from "node:assert/strict";
import fc from "fast-check";
import { readApps } from "../../../lib/core/marathon/cluster.ts";
import { buildServices } from "../../../lib/core/model/buildServices.ts";
import type { Service } from "../../../lib/core/model/service.ts";
import { modelContext } from "../../core/model/support/modelContext.ts";
import { arbitraryApps } from "../../core/render/support/arbitraryApps.ts";
import { withDirectory } from "../system/withDirectory.ts";
import { AcceptanceBench } from "./support/AcceptanceBench.ts";

/** What owners of apps write into labels by mistake, or by design. */
const freeText = fc.record({
  HAPROXY_0_BALANCE: fc.constantFrom("leastconn", "source", "nonsense", "roundrobin } {", "hdr("),
  HAPROXY_0_PATH: fc.constantFrom("/x", "-i /x /y", "-m nonsense", '"', "/a\\", "{ }"),
  HAPROXY_0_BIND_OPTIONS: fc.constantFrom("tfo", "no-such-option", "ssl", "crt /nonexistent.pem ssl"),
  HAPROXY_0_BIND_ADDR: fc.constantFrom("127.0.0.1", "nowhere.invalid", "300.1.1.1", "a b"),
  HAPROXY_0_AUTH: fc.constantFrom('re"alm:u:$5$s$h', "r:u:$5$s$h", "r:u ser:p", "r:u:p w"),
  HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL: fc.constantFrom("10.0.0.0/8", "not-an-address", "1.2.3.4/99"),
  HAPROXY_0_HTTP_BACKEND_REDIR: fc.constantFrom("/x", "/x if TRUE", "%[nonsense]"),
  HAPROXY_0_BACKEND_HTTP_OPTIONS: fc.constantFrom(
    "  option forwardfor\n",
    "  option nonsense\n",
    "  http-request set-header X %[nonsense]\n",
    "  rspadd X:\\ y\n",
    "backend mine\n  server x 1.2.3.4:5\n",
    '  http-request set-header X "open\n',
  ),
  HAPROXY_0_FRONTEND_BACKEND_GLUE: fc.constantFrom(
    "  use_backend elsewhere\n",
    "  default_backend {backend}\n",
  ),
  HAPROXY_0_BACKEND_SERVER_OPTIONS: fc.constantFrom(
    "  server {serverName} {host_ipv4}:{port}\n",
    "  server same {host_ipv4}:{port}\n",
    "  server {serverName} nowhere.invalid:{port}\n",
  ),
}, { requiredKeys: [] });

const careless = fc.tuple(arbitraryApps, fc.array(freeText, { maxLength: 5 })).map(([apps, texts]) =>
  apps.map((app, rank) => ({ ...app, labels: { ...app.labels as object, ...texts[rank] } }))
);

const named = ({ appId, index }: Pick<Service, "appId" | "index">) => `${appId} ${index}`;

Deno.test("whatever apps say, HAProxy takes the configuration, or the service at fault is named", async () => {
  await withDirectory(async (directory) => {
    await fc.assert(
      fc.asyncProperty(careless, async (apps) => {
        const { services } = buildServices(readApps({ apps }).apps, modelContext({ groups: ["*"] }));
        const bench = new AcceptanceBench(directory);
        for (let round = 0, unfinished = true; unfinished; round++) {
          assert.ok(round < 8, "it does not come to an end");
          const accepted = await bench.find(services);
          await bench.judge();
          ({ unfinished } = accepted);
          const served = new Set(
            accepted.configuration.chunks.flatMap(({ service }) => service ? [named(service)] : []),
          );
          const told = [...accepted.problems, ...accepted.configuration.problems];
          const excluded = new Set(told.map(({ app, index }) => `${app} ${index}`));
          const lost = services.map(named).filter((service) =>
            !served.has(service) && !excluded.has(service)
          );
          assert.deepEqual(lost, []);
        }
      }),
      { numRuns: 60 },
    );
  });
});

Deno.test("whatever new apps say, what was served is served on, and three checks are awaited at most", async () => {
  await withDirectory(async (directory) => {
    await fc.assert(
      fc.asyncProperty(careless, careless, async (before, added) => {
        const bench = new AcceptanceBench(directory);
        const servicesOf = (apps: readonly object[]) =>
          buildServices(readApps({ apps }).apps, modelContext({ groups: ["*"] })).services;
        const renamed = added.map((app) => ({ ...app, id: `/zz${(app as { id?: unknown }).id}` }));
        const after = servicesOf([...before, ...renamed]);
        const old = after.filter(({ appId }) => !appId.startsWith("/zz"));
        for (let unfinished = true; unfinished;) {
          ({ unfinished } = await bench.find(old));
          await bench.judge();
        }
        const served = (await bench.find(old)).services.map(named);
        for (let round = 0, unfinished = true; unfinished; round++) {
          assert.ok(round < 3, "it does not come to an end");
          bench.runs = 0;
          const accepted = await bench.find(after, "new services");
          ({ unfinished } = accepted);
          assert.ok(bench.runs <= 3, `${bench.runs} checks`);
          const now = new Set(accepted.services.map(named));
          assert.deepEqual(served.filter((service) => !now.has(service)), []);
          await bench.judge();
        }
      }),
      { numRuns: 30 },
    );
  });
});
