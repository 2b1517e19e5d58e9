import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundledFiles } from "../../../tools/build/bundledFiles.ts";
import { bundledPackages } from "../../../tools/build/bundledPackages.ts";

Deno.test("bundledFiles: what something in the bundle comes from", () => {
  const inputs = {
    "lib/b.ts": { bytesInOutput: 5 },
    "lib/a.ts": { bytesInOutput: 1 },
    "lib/types.ts": { bytesInOutput: 0 },
  };
  assert.deepEqual(bundledFiles({ outputs: { "dist/marathon-lb.js": { inputs } } }), [
    "lib/a.ts",
    "lib/b.ts",
  ]);
});

Deno.test("bundledPackages: each once, with its version, wherever a package manager keeps it", async () => {
  const root = await mkdtemp(join(tmpdir(), "bundled-packages-"));
  const add = async (directory: string, content: unknown) => {
    await mkdir(join(root, directory), { recursive: true });
    await writeFile(join(root, directory, "package.json"), JSON.stringify(content));
  };
  const scoped = "node_modules/.deno/@peculiar+x509@2.2.0/node_modules/@peculiar/x509";
  try {
    await add(scoped, { name: "@peculiar/x509", version: "2.2.0", license: "MIT" });
    // A directory of a package may have a package.json of its own kind.
    await add(`${scoped}/build`, { type: "module" });
    await add("node_modules/tslib", { name: "tslib", version: "1.14.1", license: "0BSD" });
    await add("node_modules/x/node_modules/tslib", { name: "tslib", version: "2.9.1", license: "0BSD" });
    await add("node_modules/y/node_modules/tslib", { name: "tslib", version: "2.9.1", license: "0BSD" });
    const files = [
      "main.ts",
      "lib/node_modules.ts",
      `${scoped}/build/index.js`,
      `${scoped}/index.js`,
      "node_modules/tslib/tslib.js",
      "node_modules/x/node_modules/tslib/modules/index.js",
      "node_modules/y/node_modules/tslib/tslib.js",
    ];
    assert.deepEqual(await bundledPackages(files, root), [
      { name: "@peculiar/x509", version: "2.2.0", license: "MIT" },
      { name: "tslib", version: "1.14.1", license: "0BSD" },
      { name: "tslib", version: "2.9.1", license: "0BSD" },
    ]);
  } finally {
    await rm(root, { recursive: true });
  }
});
