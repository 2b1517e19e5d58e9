import assert from "node:assert/strict";
import { emptyCluster } from "../../../lib/core/marathon/cluster.ts";
import {
  compareWith,
  groupsOf,
  isOfFiles,
  readFiledDefinitions,
  readOwnApps,
  removedByGroups,
} from "../../../lib/core/validate/ownApps.ts";
import type { FiledDefinition } from "../../../lib/core/validate/findings.ts";

function definitions(files: Record<string, unknown>): FiledDefinition[] {
  return Object.entries(files).flatMap(([file, value]) => {
    const reading = readFiledDefinitions(file, JSON.stringify(value));
    assert.ok("definitions" in reading);
    return reading.definitions;
  });
}

Deno.test("a file that is not JSON, or has no apps, is a finding with its place", () => {
  assert.deepEqual(readFiledDefinitions("a.json", '{\n"id" 1}'), {
    finding: {
      file: "a.json",
      line: 2,
      column: 6,
      code: "not-json",
      severity: "error",
      message: 'it is not JSON: found "1"; expected a colon behind "id"',
      hint: "Correct the text at this place.",
    },
  });
  const reading = readFiledDefinitions("a.json", "7");
  assert.ok("finding" in reading);
  assert.equal(reading.finding.code, "no-apps");
  assert.match(reading.finding.message, /^the text is a number; expected an app/);
});

Deno.test("apps of files: of two with one id the first counts, and what does not fit has its problem", () => {
  const own = readOwnApps(definitions({
    "a.json": [{ id: "/a" }, { id: "/bad", labels: { X: 1 } }, { cmd: "sleep" }],
    "b.json": { id: "a", instances: 7 },
  }));
  assert.deepEqual([...own.apps.keys()], ["/a"]);
  assert.deepEqual([...own.problems.keys()], ["/bad", "app number 3 of a.json"]);
  const [finding, ...more] = own.findings;
  assert.deepEqual([finding!.file, finding!.code, finding!.app, more], ["b.json", "two-of-one-id", "/a", []]);
  assert.match(finding!.message, /^\/a is defined before, in a\.json:1/);
});

Deno.test("groupsOf: the groups of apps and of services, each once", () => {
  const { apps } = readOwnApps(definitions({
    "a.json": [
      { id: "/a", labels: { HAPROXY_GROUP: "external, internal", HAPROXY_1_GROUP: "b" } },
      { id: "/b", labels: { HAPROXY_GROUP: "internal", OTHER_GROUP: "no", HAPROXY_DEPLOYMENT_GROUP: "no" } },
    ],
  }));
  assert.deepEqual(groupsOf([...apps.values()]), ["b", "external", "internal"]);
});

Deno.test("compareWith: apps of the files take the place of Marathon's, others stay, and all run", () => {
  const current = readOwnApps(definitions({
    "m.json": [{ id: "/a", portDefinitions: [{ port: 10_000 }] }, {
      id: "/b",
      portDefinitions: [{ port: 1 }],
    }],
  }));
  const own = readOwnApps(definitions({
    "f.json": [{ id: "/a", portDefinitions: [{ port: 0 }] }, { id: "/c" }, { id: "/b", labels: 7 }],
  }));
  const { before, after, assigned } = compareWith({ ...emptyCluster, apps: current.apps }, own);
  const ports = ({ apps }: typeof before) => [...apps].map(([id, app]) => [id, app.portDefinitions]);
  assert.deepEqual(ports(before), [["/a", [10_000]], ["/b", [1]]]);
  assert.deepEqual(ports(after), [["/a", [10_000]], ["/c", [10_001]]]);
  assert.deepEqual([[...assigned], [...after.problems.keys()]], [[10_001], ["/b"]]);
  for (const { tasks } of [...before.apps.values(), ...after.apps.values()]) assert.equal(tasks.length, 1);
});

Deno.test("isOfFiles: an app, and the deployment group that it is in", () => {
  const own = readOwnApps(definitions({
    "a.json": { id: "/web-blue", labels: { HAPROXY_DEPLOYMENT_GROUP: "web" } },
  }));
  const asked = ["/web-blue", "/web", "web", "/other"];
  assert.deepEqual(asked.map((id) => isOfFiles(id, own)), [true, true, true, false]);
});

Deno.test("removedByGroups: what a PUT of a group removes, not what the group does not name", () => {
  const cluster = (...ids: string[]) => {
    const { apps } = readOwnApps(definitions({ "now.json": ids.map((id) => ({ id })) }));
    return { ...emptyCluster, apps };
  };
  const current = cluster(
    "/a",
    "/shop/web",
    "/shop/old",
    "/shop/db/one",
    "/shop/db/two",
    "/shop/gone/x",
    "/shopping/y",
  );
  const removed = (value: unknown) => {
    const text = JSON.stringify(value);
    const reading = readFiledDefinitions("shop.json", text);
    assert.ok("definitions" in reading);
    return removedByGroups(current, readOwnApps(reading.definitions), reading.groups);
  };
  const all = removed({ id: "/shop", apps: [{ id: "web" }], groups: [{ id: "db", apps: [{ id: "one" }] }] });
  assert.deepEqual(all.map(({ app, code, severity }) => [app, code, severity]), [
    ["/shop/old", "removed-by-group", "note"],
    ["/shop/db/two", "removed-by-group", "note"],
    ["/shop/gone/x", "removed-by-group", "note"],
  ]);
  assert.match(
    all[1]!.message,
    /^\/shop\/db\/two is in Marathon and not in the group \/shop\/db of the file/,
  );
  const ids = (value: unknown) => removed(value).map(({ app }) => app);
  assert.deepEqual(ids({ id: "shop", apps: [{ id: "web" }] }), ["/shop/old"], "its groups stay");
  assert.deepEqual(ids({ id: "/shop", groups: [] }), ["/shop/db/one", "/shop/db/two", "/shop/gone/x"]);
  assert.deepEqual(ids({ id: "/", apps: [{ id: "/a" }] }), []);
  assert.deepEqual(ids({ apps: [{ id: "/shop/web" }] }), [], "a list is no group");
  const { after } = compareWith(current, readOwnApps([]), ["/shop/old"]);
  assert.equal(after.apps.has("/shop/old"), false);
});

Deno.test("readOwnApps: an app of more than 8 MiB is too large, as in Marathon's answer", () => {
  const { problems } = readOwnApps(
    definitions({ "a.json": { id: "/a", labels: { X: "x".repeat(9 * 2 ** 20) } } }),
  );
  assert.deepEqual([...problems.values()].map(({ app, code }) => [app, code]), [["/a", "app-too-large"]]);
});
