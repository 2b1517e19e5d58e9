import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { environmentTable } from "../../../lib/core/docs/environmentTable.ts";
import type { Flag } from "../../../lib/core/flags/Flag.ts";
import { flagTable } from "../../../lib/core/flags/flagTable.ts";

const lib = new URL("../../../lib", import.meta.url).pathname;
const sources = readdirSync(lib, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts") && !path.startsWith("core/docs/"))
  .map((path) => readFileSync(join(lib, path), "utf8"))
  .join("\n");
const ofFlags = (flagTable as readonly Flag[]).map(({ variable }) => variable?.name);

Deno.test("environmentTable: every variable that the program asks for by name", () => {
  const asked = [...sources.matchAll(/\benvironment\.([A-Z][A-Z0-9_]+)/g)].map((match) => match[1]!);
  assert.ok(asked.length > 0);
  const documented = [...environmentTable.map(({ name }) => name), ...ofFlags];
  assert.deepEqual(asked.filter((name) => !documented.includes(name)), []);
});

for (const { name } of environmentTable.filter(({ name }) => !name.includes("<"))) {
  Deno.test(`environmentTable: ${name} is known to the program`, () => {
    assert.match(sources, new RegExp(`\\b${name}\\b`));
  });
}
