import assert from "node:assert/strict";
import { type Cluster, readApps } from "../../../lib/core/marathon/cluster.ts";
import { ClusterView, joinClusters } from "../../../lib/core/marathon/clusters.ts";
import { AppList } from "../../../lib/core/marathon/cluster.ts";
import { buildServices } from "../../../lib/core/model/buildServices.ts";
import { noIncumbents } from "../../../lib/core/model/incumbents.ts";
import { backendName } from "../../../lib/core/model/service.ts";
import { marathonApp } from "../model/support/marathonApp.ts";
import { modelContext } from "../model/support/modelContext.ts";

function clusterOf(...apps: Record<string, unknown>[]): Cluster {
  const list = new AppList();
  readApps({ apps: apps.map((app) => marathonApp(app)) }, list);
  return list.cluster();
}

const vhost = (host: string, more: Record<string, string> = {}) => ({
  labels: { HAPROXY_0_VHOST: host, ...more },
});
const portOf = (port: number) => ({ portDefinitions: [{ port }] });
const early = { versionInfo: { lastConfigChangeAt: "2020-01-01T00:00:00.000Z" } };

Deno.test("--cluster: ids carry the name of the cluster, also in backends, groups and problems", () => {
  const east = new ClusterView("east", 1);
  const cluster = clusterOf(
    { id: "/a/web", ...vhost("a.test", { HAPROXY_DEPLOYMENT_GROUP: "g" }) },
    { id: "/odd", labels: { A: 3 } },
  );
  const seen = east.of(cluster);
  assert.deepEqual([...seen.apps.keys()], ["/east:a/web"]);
  const app = seen.apps.get("/east:a/web")!;
  assert.deepEqual([app.id, app.labels.HAPROXY_DEPLOYMENT_GROUP, app.clusterPlace], [
    "/east:a/web",
    "/east:g",
    1,
  ]);
  assert.equal(backendName({ appId: app.id, port: 80 }), "east:a_web_80");
  const problem = seen.problems.get("/east:odd")!;
  assert.deepEqual([problem.app, problem.message.startsWith("/east:odd is left out: ")], ["/east:odd", true]);
  assert.equal(
    east.of(cluster).apps.get("/east:a/web"),
    app,
    "an app that did not change is the same object",
  );
  assert.equal(cluster.apps.get("/a/web")!.id, "/a/web");
});

Deno.test("--cluster: two clusters have apps of one id, and what only looks like it has a problem", () => {
  const east = new ClusterView("east", 1);
  const joined = joinClusters([clusterOf({ id: "/web" }), east.of(clusterOf({ id: "/web" }))]);
  assert.deepEqual([...joined.apps.keys()], ["/web", "/east:web"]);
  const clash = joinClusters([clusterOf({ id: "/east:web" }), east.of(clusterOf({ id: "/web" }))]);
  assert.equal(clash.problems.get("/east:web")!.code, "two-of-one-id");
  assert.equal(clash.apps.get("/east:web")!.clusterPlace, undefined);
});

/** Who gets what, of two clusters that ask for the same. */
function claimed(main: Record<string, unknown>, east: Record<string, unknown>, incumbents = noIncumbents) {
  const joined = joinClusters([clusterOf(main), new ClusterView("east", 1).of(clusterOf(east))]);
  const { services, problems } = buildServices([...joined.apps.values()], modelContext({ incumbents }));
  return {
    vhosts: services.filter(({ labels }) => labels.VHOST?.length).map(({ appId }) => appId),
    binds: services.filter(({ frontend }) => frontend !== false).map(({ appId }) => appId),
    codes: problems.map(({ app, code }) => `${app} ${code}`),
  };
}

Deno.test("--cluster: between newcomers the first cluster gets a vhost and path, even if the other app is older", () => {
  assert.deepEqual(
    claimed({ id: "/z", ...vhost("v.test"), ...portOf(10_001) }, {
      id: "/a",
      ...vhost("v.test"),
      ...portOf(10_002),
      ...early,
    }),
    { vhosts: ["/z"], binds: ["/east:a", "/z"], codes: ["/east:a vhost-taken"] },
  );
  const other = { HAPROXY_0_PATH: "/api" };
  assert.deepEqual(
    claimed({ id: "/z", ...vhost("v.test"), ...portOf(10_001) }, {
      id: "/a",
      ...vhost("v.test", other),
      ...portOf(10_002),
    }).vhosts,
    ["/east:a", "/z"],
    "another path is another claim",
  );
});

Deno.test("--cluster: between newcomers the first cluster gets a port, even if the other app is older", () => {
  assert.deepEqual(claimed({ id: "/z", ...portOf(10_001) }, { id: "/a", ...portOf(10_001), ...early }), {
    vhosts: [],
    binds: ["/z"],
    codes: ["/east:a port-taken"],
  });
});

Deno.test("--cluster: what an app of another cluster holds already, it keeps", () => {
  const holder = { path: "/", ignoreCase: false, owner: "/east:a", rank: 0 };
  const incumbents = {
    names: new Map(),
    binds: new Map([[10_001, [{ address: "*", owner: "/east:a" }]]]),
    routes: new Map([["v.test", [holder]]]),
  };
  const main = { id: "/z", ...vhost("v.test"), ...portOf(10_001) };
  assert.deepEqual(claimed(main, { id: "/a", ...vhost("v.test"), ...portOf(10_001) }, incumbents), {
    vhosts: ["/east:a"],
    binds: ["/east:a"],
    codes: ["/z port-taken", "/z vhost-taken"],
  });
});
