import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { generatedFiles } from "../../../tools/docs/generatedFiles.ts";

const root = new URL("../../../", import.meta.url);

for (const [path, make] of Object.entries(generatedFiles)) {
  Deno.test(`${path} is what the flag table makes it (UPDATE_DOCS=1 writes it)`, () => {
    const file = new URL(path, root);
    if (Deno.env.get("UPDATE_DOCS") === "1") {
      mkdirSync(new URL("./", file), { recursive: true });
      writeFileSync(file, make());
    }
    assert.equal(readFileSync(file, "utf8"), make(), "run the tests with UPDATE_DOCS=1");
  });
}
