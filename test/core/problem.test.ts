import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { isExclusion, problemKinds, problemOf, serviceProblem } from "../../lib/core/problem.ts";

const core = new URL("../../lib/core/", import.meta.url);
const sources = readdirSync(core, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && file !== "problem.ts")
  .map((file) => [file, readFileSync(new URL(file, core), "utf8")] as const);

for (const [code, { meaning }] of Object.entries(problemKinds)) {
  Deno.test(`problemKinds: ${code} is a code, has one sentence of meaning, and something reports it`, () => {
    assert.match(code, /^[a-z]+(-[a-z]+)*$/);
    assert.match(meaning, /^[A-Z].*\.$/);
    assert.ok(meaning.split(" ").length <= 25, meaning);
    const reports = sources.filter(([, source]) => source.includes(`"${code}"`)).map(([file]) => file);
    assert.notDeepEqual(reports, []);
  });
}

Deno.test("problems are built in problem.ts only: no other module of the core gives one a severity", () => {
  const others = sources.filter(([, source]) => /\bseverity(: |\b.*\?.*)"(excluded|warning)"/.test(source));
  assert.deepEqual(others.map(([file]) => file), []);
});

Deno.test("problemOf: the code decides the severity; without an index there is none", () => {
  const app = problemOf("app-unreadable", { app: "/a" }, "/a is left out: why");
  assert.deepEqual(app, {
    code: "app-unreadable",
    severity: "excluded",
    app: "/a",
    message: "/a is left out: why",
  });
  assert.ok(isExclusion(app));
  const task = serviceProblem("task-unfit", { app: "/a", index: 0 }, ": why");
  assert.deepEqual(task, {
    code: "task-unfit",
    severity: "warning",
    app: "/a",
    index: 0,
    message: "/a: service 0: why",
  });
  assert.ok(!isExclusion(task));
});
