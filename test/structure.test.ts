import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";

const root = new URL("../", import.meta.url);

/** What imports what. */
type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** The modules of `lib/`, by path from the repository's root, with their sources. */
function readModules(): Map<string, string> {
  const files = readdirSync(new URL("lib/", root), { recursive: true, encoding: "utf8" });
  return new Map(
    files.filter((file) => file.endsWith(".ts")).sort().map((file) => {
      const path = `lib/${file}`;
      return [path, readFileSync(new URL(path, root), "utf8")];
    }),
  );
}

/** Imports between modules, those of types and those at run time included. */
function importGraph(modules: ReadonlyMap<string, string>): Graph {
  return new Map(
    [...modules].map(([path, source]) => {
      const specifiers = [...source.matchAll(/(?:\bfrom|\bimport\(|\bimport)\s*"(\.[^"]+\.ts)"/g)];
      return [path, new Set(specifiers.map(([, specifier]) => join(dirname(path), specifier!)))];
    }),
  );
}

/** The same between folders; what a folder imports from itself does not count. */
function folderGraph(graph: Graph): Graph {
  const folders = new Map<string, Set<string>>();
  for (const [path, imports] of graph) {
    const from = dirname(path);
    const targets = folders.get(from) ?? new Set();
    for (const imported of imports) if (dirname(imported) !== from) targets.add(dirname(imported));
    folders.set(from, targets);
  }
  return folders;
}

/** One circle of imports, as the path that leads back to its start; undefined when there is none. */
function findCircle(graph: Graph): string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  function visit(node: string): string[] | undefined {
    if (done.has(node)) return undefined;
    const start = path.indexOf(node);
    if (start >= 0) return [...path.slice(start), node];
    path.push(node);
    for (const next of graph.get(node) ?? []) {
      const circle = visit(next);
      if (circle) return circle;
    }
    path.pop();
    done.add(node);
    return undefined;
  }
  for (const node of graph.keys()) {
    const circle = visit(node);
    if (circle) return circle;
  }
  return undefined;
}

Deno.test("structure: findCircle finds a circle of two, of three, of a module with itself", () => {
  const graph = (edges: Record<string, string[]>) =>
    new Map(Object.entries(edges).map(([from, to]) => [from, new Set(to)]));
  assert.equal(findCircle(graph({ a: ["b", "c"], b: ["c"], c: [] })), undefined);
  assert.deepEqual(findCircle(graph({ a: ["b"], b: ["a"] })), ["a", "b", "a"]);
  assert.deepEqual(findCircle(graph({ x: ["a"], a: ["b"], b: ["c"], c: ["a"] })), ["a", "b", "c", "a"]);
  assert.deepEqual(findCircle(graph({ a: ["a"] })), ["a", "a"]);
});

Deno.test("structure: importGraph sees imports of values, of types, and at run time", () => {
  const source =
    `import a from "./a.ts";\nimport type { B } from "../b.ts";\nawait import("./c.ts");\nimport "./d.ts";`;
  assert.deepEqual([...importGraph(new Map([["lib/x/y.ts", source]])).get("lib/x/y.ts")!], [
    "lib/x/a.ts",
    "lib/b.ts",
    "lib/x/c.ts",
    "lib/x/d.ts",
  ]);
});

Deno.test("structure: no import circle between modules", () => {
  const graph = importGraph(readModules());
  assert.ok(graph.size > 50, `only ${graph.size} modules found`);
  assert.equal(findCircle(graph)?.join(" -> "), undefined);
});

Deno.test("structure: no import circle between folders", () => {
  assert.equal(findCircle(folderGraph(importGraph(readModules())))?.join(" -> "), undefined);
});

Deno.test("structure: no barrels, and every module has a size that one reader can take in", () => {
  const modules = readModules();
  for (const [path, source] of modules) {
    assert.ok(!/^export (?:\*|\{[^}]*\}) from /m.test(source), `${path} only passes on what others export`);
    const lines = source.split("\n").length;
    assert.ok(lines <= 550, `${path} has ${lines} lines`);
  }
});
