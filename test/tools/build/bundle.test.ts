import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundledFiles, bundledPackages, makeBundle } from "../../../tools/build/bundle.ts";

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

const root = fileURLToPath(new URL("../../..", import.meta.url));
/** Packages that are large and in no bundle. */
const left =
  /^(node-linux-|@?esbuild|@cyclonedx|uglify-js|fast-check|ajv|playwright-core|postject|commander@9)/;

/** Copies what a bundle is made of. */
async function copySources(to: string): Promise<void> {
  const packages = (await readdir(join(root, "node_modules/.deno"))).filter((name) => !left.test(name));
  const paths = [
    "main.ts",
    "deno.json",
    "lib",
    "lua",
    "page/page.html",
    "templates",
    ...packages.map((name) => `node_modules/.deno/${name}`),
  ];
  const links = (await readdir(join(root, "node_modules"))).filter((name) =>
    !/^\./.test(name) && !left.test(name)
  );
  for (const path of [...paths, ...links.map((name) => `node_modules/${name}`)]) {
    await mkdir(dirname(join(to, path)), { recursive: true });
    execFileSync("cp", ["-a", join(root, path), join(to, path)]);
  }
}

Deno.test("makeBundle: the same sources make the same bytes, wherever they are and however often", async () => {
  const directory = await mkdtemp(join(tmpdir(), "make-bundle-"));
  const [first, second] = [join(directory, "first"), join(directory, "elsewhere/and deeper/second")];
  try {
    await copySources(first);
    await mkdir(dirname(second), { recursive: true });
    execFileSync("cp", ["-a", first, second]);
    const bundle = async (root: string, module: string, commit = "0123456789ab") => {
      const script = `${module}.cjs`;
      const files = await makeBundle({ root, commit, module, script });
      return { files, text: await readFile(module, "utf8"), script: await readFile(script, "utf8") };
    };
    const one = await bundle(first, join(first, "dist/a.js"));
    const two = await bundle(second, join(directory, "b.js"));
    assert.ok(one.text === two.text, "the bundles differ");
    assert.ok(one.script === two.script, "the CommonJS forms differ");
    assert.deepEqual(one.files, two.files);
    for (const text of [one.text, one.script]) {
      assert.ok(!text.includes(directory), "a path of this machine is in the bundle");
      assert.ok(text.includes("0123456789ab"));
    }
    // Node.js 24 takes no ES module as the main program of a single executable.
    assert.doesNotMatch(one.script, /^(?:import|export)\b|\bimport\.meta\b/m);
    const other = await bundle(first, join(first, "dist/a.js"), "ba9876543210");
    assert.equal(other.text, one.text.replaceAll("0123456789ab", "ba9876543210"));
    assert.ok(
      one.files.includes("main.ts") && one.files.some((file) => file.includes("node_modules/handlebars/")),
    );
  } finally {
    await rm(directory, { recursive: true });
  }
});
