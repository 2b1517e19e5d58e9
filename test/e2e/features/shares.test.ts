import assert from "node:assert/strict";
import { Agent as HttpAgent, createServer, type Server } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { eventually } from "../../../tools/harness/eventually.ts";
import type { SimulatedMarathon } from "../../../tools/simulated-marathon/SimulatedMarathon.ts";
import { ask } from "../support/assertAnswers.ts";
import { withoutReload, withReload } from "../support/changes.ts";
import { feature } from "../support/feature.ts";
import { ownApp, whileListening } from "../support/ownApp.ts";
import { serveApps } from "../support/serveApps.ts";

type Labels = Readonly<Record<string, string>>;
type App = Awaited<ReturnType<typeof ownApp>>;

/** A server that answers with its name. */
function named(name: string): Server {
  return createServer((request, response) => {
    request.resume();
    response.end(name);
  });
}

/** Sides of one vhost and path, whose labels change; `set` gives back those that it does not name. */
class Sides {
  #apps: App[];

  constructor(readonly marathon: SimulatedMarathon, apps: readonly App[]) {
    this.#apps = [...apps];
  }

  /** Has Marathon know of other labels of an app, and tell of it. */
  relabel(id: string, labels: Labels): void {
    this.#apps = this.#apps.map((app) =>
      app.id === id ? { ...app, labels: { ...app.labels, ...labels } } : app
    );
    this.marathon.setApps(this.#apps);
    this.marathon.emit({
      eventType: "status_update_event",
      appId: id,
      timestamp: "2026-01-01T00:00:00.000Z",
    });
  }
}

/** Sends so many requests, some at a time, and counts who answers; all have to be answered. */
async function count(
  url: string,
  host: string,
  requests: number,
  headers: Labels = {},
): Promise<Record<string, number>> {
  const many = { keepAlive: true, maxSockets: 8 };
  const agent = url.startsWith("https:") ? new HttpsAgent(many) : new HttpAgent(many);
  const hits: Record<string, number> = {};
  let left = requests;
  try {
    await Promise.all(Array.from({ length: many.maxSockets }, async () => {
      while (left-- > 0) {
        const { status, body } = await ask(url, host, { agent, headers });
        assert.equal(status, 200, body);
        hits[body] = (hits[body] ?? 0) + 1;
      }
    }));
  } finally {
    agent.destroy();
  }
  assert.equal(Object.values(hits).reduce((sum, one) => sum + one, 0), requests);
  return hits;
}

/** So far from what is expected a count of a fair choice is once in five hundred million times: six standard deviations. */
function assertShare(found: number | undefined, percent: number, requests: number): void {
  const share = percent / 100;
  const deviation = Math.sqrt(requests * share * (1 - share));
  const distance = Math.abs((found ?? 0) - requests * share);
  assert.ok(distance <= 6 * deviation, `${found} of ${requests} requests; expected ${percent} %`);
}

function labelsOf(share: string, more: Labels = {}): Labels {
  return { HAPROXY_0_VHOST: "shop.test", HAPROXY_0_TRAFFIC_SHARE: share, ...more };
}

for (const maps of [false, true]) {
  feature(
    `traffic shares ${maps ? "with --haproxy-map" : "of 90 and 10 %"}: counted, and changed without a reload`,
    async (bench) => {
      const servers = [named("shop"), named("canary")];
      await whileListening(servers, async () => {
        const apps = [
          await ownApp("/shop", servers.slice(0, 1), { labels: labelsOf("rest") }),
          await ownApp("/canary", servers.slice(1), { labels: labelsOf("10") }),
        ];
        const { marathon } = await serveApps(bench, apps, { flags: maps ? ["--haproxy-map"] : [] });
        const sides = new Sides(marathon, apps);
        const many = maps ? 2_000 : 10_000;
        assertShare((await count(bench.http, "shop.test", many)).canary, 10, many);
        assertShare((await count(bench.https, "SHOP.test:443", 1_000)).canary, 10, 1_000);
        // The service port has one side.
        const port = apps[1]!.portDefinitions[0]!.port;
        assert.deepEqual(await count(`http://127.0.0.1:${port}`, "shop.test", 50), { canary: 50 });

        await withoutReload(bench, async () => {
          sides.relabel("/canary", labelsOf("50"));
          await eventually(async () => {
            assert.ok((await count(bench.http, "shop.test", 40)).canary! > 8);
          });
        });
        assertShare((await count(bench.http, "shop.test", 2_000)).canary, 50, 2_000);
        assertShare((await count(bench.https, "shop.test", 1_000)).canary, 50, 1_000);
        await withoutReload(bench, async () => {
          sides.relabel("/canary", labelsOf("0"));
          await eventually(async () => {
            assert.equal((await count(bench.http, "shop.test", 100)).canary, undefined);
          });
        });
        assert.deepEqual(await count(bench.http, "shop.test", 500), { shop: 500 });
        assert.deepEqual(await count(bench.https, "shop.test", 100), { shop: 100 });
      });
    },
  );
}

feature(
  "traffic shares: a side without a live server gets none, and the others get its share",
  async (bench) => {
    const servers = [named("a"), named("b"), named("c")];
    await whileListening(servers, async () => {
      const healthChecks = [{ protocol: "TCP", portIndex: 0, intervalSeconds: 1, maxConsecutiveFailures: 0 }];
      const shares = ["60", "30", "10"];
      const apps = await Promise.all(
        servers.map((server, index) =>
          ownApp(`/${"abc"[index]}`, [server], { labels: labelsOf(shares[index]!), healthChecks })
        ),
      );
      await serveApps(bench, apps);
      assertShare((await count(bench.http, "shop.test", 1_000)).a, 60, 1_000);
      const [a] = servers as [Server];
      a.closeAllConnections();
      a.close();
      await eventually(async () => {
        const rows = (await bench.ask("/haproxy?stats;csv")).split("\n");
        assert.ok(
          rows.some((row) => row.startsWith(`a_${apps[0]!.portDefinitions[0]!.port},`) && /,DOWN/.test(row)),
        );
      });
      const hits = await count(bench.http, "shop.test", 2_000);
      assert.equal(hits.a, undefined);
      assertShare(hits.b, 75, 2_000);
    });
  },
);

feature("traffic shares that are sticky: a cookie keeps a client on its side", async (bench) => {
  const servers = [named("shop"), named("canary")];
  await whileListening(servers, async () => {
    const apps = [
      await ownApp("/shop", servers.slice(0, 1), { labels: labelsOf("rest") }),
      await ownApp("/canary", servers.slice(1), {
        labels: labelsOf("50", { HAPROXY_0_TRAFFIC_SHARE_STICKY: "true" }),
      }),
    ];
    const { marathon } = await serveApps(bench, apps);
    const sides = new Sides(marathon, apps);
    const cookies = new Map<string, string>();
    await eventually(async () => {
      const { body, headers } = await bench.get("shop.test");
      const [cookie = ""] = headers["set-cookie"] ?? [];
      assert.match(cookie, /^mlb_share_[0-9a-f]{10}=[0-9a-f]{10}; path=\/; HttpOnly; SameSite=Lax$/);
      assert.equal(headers["cache-control"], "private");
      cookies.set(body, cookie.split(";")[0]!);
      assert.equal(cookies.size, 2);
    });
    for (const [name, cookie] of cookies) {
      const own = { cookie: `other=1; ${cookie}` };
      assert.deepEqual(await count(bench.http, "shop.test", 100, own), { [name]: 100 });
      assert.deepEqual(await count(bench.https, "shop.test", 20, own), { [name]: 20 });
      assert.equal((await bench.get("shop.test", "/", { headers: own })).headers["set-cookie"], undefined);
    }
    const canary = { cookie: cookies.get("canary")! };
    // Another share moves no client, but for none at all.
    await withoutReload(bench, () => Promise.resolve(sides.relabel("/canary", labelsOf("1"))));
    assert.deepEqual(await count(bench.http, "shop.test", 100, canary), { canary: 100 });
    await withoutReload(bench, async () => {
      sides.relabel("/canary", labelsOf("0"));
      await eventually(async () => {
        const { body, headers } = await bench.get("shop.test", "/", { headers: canary });
        assert.equal(body, "shop");
        assert.ok(headers["set-cookie"]?.[0]?.startsWith(cookies.get("shop")!));
      });
    });
  });
});

feature(
  "traffic shares: an app without a share keeps its vhost from one with a share, also after a restart",
  async (bench) => {
    const servers = [named("shop"), named("canary")];
    await whileListening(servers, async () => {
      const apps = [
        await ownApp("/shop", servers.slice(0, 1), { labels: { HAPROXY_0_VHOST: "shop.test" } }),
        await ownApp("/canary", servers.slice(1), { labels: labelsOf("90") }),
      ];
      const { marathon, lb } = await serveApps(bench, apps);
      const sides = new Sides(marathon, apps);
      await eventually(async () => assert.match(await bench.ask("/_mlb_status"), /share-refused/));
      assert.deepEqual(await count(bench.http, "shop.test", 100), { shop: 100 });
      await withReload(bench, "some", async () => {
        sides.relabel("/shop", labelsOf("rest"));
        await eventually(async () => {
          assert.ok((await count(bench.http, "shop.test", 20)).canary! > 5);
        });
      });
      await bench.stop(lb);
      await bench.serve();
      assertShare((await count(bench.http, "shop.test", 500)).canary, 90, 500);
      assert.doesNotMatch(await bench.ask("/_mlb_status"), /share-refused|vhost-taken/);
    });
  },
);
