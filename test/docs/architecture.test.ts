import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";

const root = new URL("../../", import.meta.url);
const page = readFileSync(new URL("ARCHITECTURE.md", root), "utf8");
const filesBelow = (folder: string) =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: "utf8" }).map((path) => `${folder}${path}`);

/** Files that the page may name by the end of their path. */
const files = ["lib/", "test/", "templates/", "tools/"].flatMap(filesBelow);

Deno.test("ARCHITECTURE.md names modules and tests that exist", () => {
  const named = [...page.matchAll(/(?<![\w/.])(?:\w+\/)*\w+(?:\.\w+)*\.ts\b/g)].map(([path]) => path);
  assert.ok(named.length > 60, `only ${named.length}`);
  const gone = named.filter((path) => !files.some((file) => `/${file}`.endsWith(`/${path}`)));
  assert.deepEqual(gone, []);
});

Deno.test("ARCHITECTURE.md has a row for each folder of lib/core and lib/shell, and for no other", () => {
  for (const [layer, next] of [["lib/core/", "lib/migration/"], ["lib/shell/", "lib/run/"]]) {
    const [, section = ""] = page.split(`\n### \`${layer}\``);
    const rows = [...section.split(`\n### \`${next}\``)[0]!.matchAll(/^\| `(\w+)\/`/gm)];
    const folders = readdirSync(new URL(layer!, root), { withFileTypes: true })
      .filter((entry) => entry.isDirectory()).map(({ name }) => name);
    assert.deepEqual(rows.map(([, name]) => name!).sort(), folders.sort(), layer);
  }
});

Deno.test("ARCHITECTURE.md takes ten minutes: it has at most 2,200 words", () => {
  const words = page.split(/\s+/).filter((word) => /\w/.test(word));
  assert.ok(words.length <= 2200, `${words.length} words`);
});
