import assert from "node:assert/strict";
import { absoluteId, readDefinitions, readSnapshot } from "../../../lib/core/validate/definitions.ts";

const ids = (value: unknown) =>
  readDefinitions(typeof value === "string" ? value : JSON.stringify(value)).map(({ value: { id } }) => id);

const shapes: [title: string, value: unknown, expected: unknown[]][] = [
  ["one app", { id: "/web", cpus: 1 }, ["/web"]],
  ["one app without a slash", { id: "shop/web" }, ["/shop/web"]],
  ["a list", [{ id: "/a" }, null, { id: "b" }], ["/a", "/b"]],
  ["the answer of /v2/apps", { apps: [{ id: "/a" }, { id: "/b/c" }] }, ["/a", "/b/c"]],
  ["the answer about one app", { app: { id: "/a", tasks: [] } }, ["/a"]],
  ["a group", {
    id: "/shop",
    apps: [{ id: "web" }, { id: "/elsewhere/db" }],
    groups: [{ id: "inner", apps: [{ id: "../db" }, { id: "./x/" }], groups: [] }],
  }, ["/shop/web", "/elsewhere/db", "/shop/db", "/shop/inner/x"]],
  ["a group with groups only", { id: "shop", groups: [{ id: "a", apps: [{ id: "b" }] }] }, ["/shop/a/b"]],
  ["the root group", { id: "/", apps: [], groups: [{ id: "/a", apps: [{ id: "/a/b" }] }] }, ["/a/b"]],
  ["a list of groups", [{ id: "/a", apps: [{ id: "x" }] }, { id: "/y" }], ["/a/x", "/y"]],
  ["an app without an id", { cmd: "sleep" }, [undefined]],
  ["a pod, which is no app", [{ id: "/pod", containers: [{ name: "c" }] }, { id: "/a" }], ["/a"]],
  ["nothing", { apps: [] }, []],
];
for (const [title, value, expected] of shapes) {
  Deno.test(`definitions: ${title}`, () => assert.deepEqual(ids(value), expected));
}

const unfit: [value: unknown, message: RegExp][] = [
  [7, /^the text is a number; expected an app, a list of apps, a group, or the answer of \/v2\/apps$/],
  [null, /^the text is null/],
  [[{ id: "/a" }, "b"], /^element 2 of the list is a string/],
  [{ apps: ["a"] }, /^app number 1 of \/ is a string/],
  [{ id: "/a", groups: [{ id: "b", apps: [3] }] }, /^app number 1 of \/a\/b is a number/],
];
for (const [value, message] of unfit) {
  Deno.test(`no definitions: ${JSON.stringify(value)}`, () =>
    assert.throws(() => ids(value), (error) => error instanceof TypeError && message.test(error.message)));
}

Deno.test("definitions: places of labels, members and apps", () => {
  const [first, second] = readDefinitions(
    '[\n {"id": "/a",\n  "labels": {"X": "1",\n   "Y": "2"}},\n {"id": "/b"}\n]',
  );
  assert.deepEqual(first!.place(), { line: 2, column: 2 });
  assert.deepEqual(first!.place({ label: "Y" }), { line: 4, column: 4 });
  assert.deepEqual(first!.place({ label: "none", member: "labels" }), { line: 3, column: 3 });
  assert.deepEqual(first!.place({ label: "none", member: "none" }), { line: 2, column: 2 });
  assert.deepEqual(second!.place({ label: "X", member: "labels" }), { line: 5, column: 2 });
});

Deno.test("absoluteId: as Marathon resolves ids", () => {
  const rows = [["a", "/", "/a"], ["a/b/", "/x", "/x/a/b"], ["/a", "/x", "/a"], ["../a", "/x/y", "/x/a"], [
    "../../../a",
    "/x",
    "/a",
  ]];
  for (const [id, base, expected] of rows) assert.equal(absoluteId(id!, base!), expected);
});

Deno.test("readSnapshot tells apps that do not fit, and an answer without tasks", () => {
  const { cluster, hasTasks } = readSnapshot(
    '{"apps": [{"id": "/a", "tasks": []}, {"id": "/b", "labels": 7}]}',
  );
  assert.deepEqual([[...cluster.apps.keys()], [...cluster.problems.keys()], hasTasks], [
    ["/a"],
    ["/b"],
    true,
  ]);
  assert.equal(readSnapshot('{"apps": [{"id": "/a"}]}').hasTasks, false);
  assert.equal(readSnapshot('{"apps": []}').hasTasks, true);
});
