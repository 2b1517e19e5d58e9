import assert from "node:assert/strict";
import { verdicts } from "../../../lib/core/explain/verdict.ts";
import { type Cluster, emptyCluster } from "../../../lib/core/marathon/cluster.ts";
import { joinApps, joinStaticFiles, servedIds } from "../../../lib/core/marathon/staticApps.ts";
import { countServed } from "../../../lib/core/plan/massRemoval.ts";
import { readSnapshot } from "../../../lib/core/validate/definitions.ts";
import { worldOf } from "../explain/support/worldOf.ts";
import { marathonApp } from "../model/support/marathonApp.ts";

const clusterOf = (apps: readonly unknown[], source?: string): Cluster =>
  readSnapshot(JSON.stringify({ apps }), undefined, source).cluster;

/** Of `/web` in a file and in Marathon: which one is served, and the codes of problems. */
const clashes: {
  name: string;
  marathon: readonly unknown[];
  file: readonly unknown[];
  before?: string[];
  winner: "file" | "Marathon" | "none";
  codes: string[];
}[] = [
  {
    name: "only the file has it",
    marathon: [marathonApp({ id: "/other" })],
    file: [marathonApp()],
    winner: "file",
    codes: [],
  },
  {
    name: "only Marathon has it",
    marathon: [marathonApp()],
    file: [marathonApp({ id: "/other" })],
    winner: "Marathon",
    codes: [],
  },
  {
    name: "both are new: Marathon's",
    marathon: [marathonApp()],
    file: [marathonApp()],
    winner: "Marathon",
    codes: ["static-id-taken"],
  },
  {
    name: "the file's was there before",
    marathon: [marathonApp()],
    file: [marathonApp()],
    before: ["/web"],
    winner: "file",
    codes: ["static-id-taken"],
  },
  {
    name: "the file's was there before, and Marathon's cannot be read",
    marathon: [{ id: "/web", labels: 1 }],
    file: [marathonApp()],
    before: ["/web"],
    winner: "file",
    codes: ["static-id-taken"],
  },
  {
    name: "Marathon's cannot be read",
    marathon: [{ id: "/web", labels: 1 }],
    file: [marathonApp()],
    winner: "none",
    codes: ["app-unreadable"],
  },
  {
    name: "the file's was there before, and cannot be read now",
    marathon: [marathonApp()],
    file: [{ id: "/web", labels: 1 }],
    before: ["/web"],
    winner: "Marathon",
    codes: ["static-id-taken"],
  },
  {
    name: "the file's cannot be read",
    marathon: [],
    file: [{ id: "/web", labels: 1 }],
    winner: "none",
    codes: ["app-unreadable"],
  },
];

for (const { name, marathon, file, before = [], winner, codes } of clashes) {
  Deno.test(`joinApps, an id of a static app and of Marathon: ${name}`, () => {
    const theirs = clusterOf(marathon);
    const statics = joinStaticFiles([{ path: "db.json", cluster: clusterOf(file, "db.json") }]);
    const { cluster, ofFiles } = joinApps(theirs, statics, new Set(before));
    const app = cluster.apps.get("/web");
    const found = app === undefined
      ? "none"
      : app === statics.apps.get("/web")
      ? "file"
      : app === theirs.apps.get("/web") && "Marathon";
    assert.equal(found, winner);
    assert.equal(ofFiles.has("/web"), winner === "file");
    assert.deepEqual([...cluster.problems.values()].map(({ code }) => code), codes);
  });
}

Deno.test("problem code static-id-taken: a verdict that says which of the two is served", () => {
  const labels = { HAPROXY_GROUP: "external" };
  const marathon = clusterOf([marathonApp({ labels })]);
  const statics = joinStaticFiles([{ path: "db.json", cluster: clusterOf([marathonApp()], "db.json") }]);
  const { cluster } = joinApps(marathon, statics, new Set());
  const world = worldOf({ apps: [{ labels }] });
  const problems = [...world.problems, ...cluster.problems.values()];
  const [verdict] = verdicts({ ...world, cluster, problems });
  assert.equal(verdict!.app, "/web");
  assert.equal(verdict!.services[0]!.standing, "served");
  const [reason] = verdict!.reasons;
  assert.equal(reason!.code, "static-id-taken");
  assert.equal(
    reason!.message,
    "/web is in Marathon and in db.json (--static-apps); Marathon's app is served, the other one is left out",
  );
});

Deno.test("joinStaticFiles: of one id in two files the app of the first counts", () => {
  const [first, second] = ["a.json", "b.json"].map((path) => ({ path, cluster: clusterOf([marathonApp()]) }));
  const { apps, problems, files } = joinStaticFiles([first!, second!]);
  assert.equal(apps.get("/web"), first!.cluster.apps.get("/web"));
  assert.equal(files.get("/web"), "a.json");
  assert.deepEqual([...problems.values()].map(({ code, message }) => [code, message]), [[
    "two-of-one-id",
    "/web is in a.json and in b.json (--static-apps); the app of a.json counts, the other one is left out",
  ]]);
});

Deno.test("readSnapshot: tasks of static apps need no ids, those of Marathon's answer do and are unfit without", () => {
  const [host, ports] = ["10.0.0.9", [5432]];
  const app = marathonApp({ tasks: [{ host, ports }, { host, ports: [5433] }] });
  const ids = (cluster: Cluster) => cluster.apps.get("/web")!.tasks.map(({ id }) => id);
  assert.deepEqual(ids(clusterOf([app], "db.json")), ["static task 1", "static task 2"]);
  assert.deepEqual(ids(clusterOf([app])), ["number 1", "number 2"]);
  assert.deepEqual(clusterOf([app]).apps.get("/web")!.tasks.map(({ unfit }) => unfit), [
    { host: "it has no id" },
    { host: "it has no id" },
  ]);
});

Deno.test("readSnapshot: what cannot be read in a static file is named by the file", () => {
  const { problems } = clusterOf([{ labels: {} }, marathonApp(), marathonApp()], "db.json");
  const messages = [...problems.values()].map(({ message }) => message);
  assert.match(messages[0]!, /^app number 1 of db\.json is left out/);
  assert.match(messages[1]!, /^\/web is in db\.json 2 times, as apps number 2, 3;/);
});

Deno.test("countServed: static apps do not count for the mass removal of Marathon's", () => {
  const backend = (name: string) => `backend ${name}\n  server s 10.0.0.1:80\n  server t 10.0.0.2:80\n`;
  const text = `global\n${["web_10001", "a_db_5432", "a_db_5433", "a_dbx_1"].map(backend).join("")}`;
  assert.deepEqual(countServed(text), { backends: 4, servers: 8 });
  assert.deepEqual(countServed(text, new Set(["/a/db"])), { backends: 2, servers: 4 });
});

Deno.test("servedIds: a static app in a deployment group is served under the group's name", () => {
  const labels = { HAPROXY_DEPLOYMENT_GROUP: "shop" };
  const cluster = clusterOf([marathonApp({ id: "/shop-blue", labels })]);
  assert.deepEqual([...servedIds(["/shop-blue"], cluster)], ["/shop-blue", "/shop"]);
  assert.deepEqual([...servedIds([], emptyCluster)], []);
});
