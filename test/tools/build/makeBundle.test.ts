import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeBundle } from "../../../tools/build/makeBundle.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
/** Packages that are large and in no bundle. */
const left = /^(node-linux-|@?esbuild|@cyclonedx|uglify-js|fast-check|ajv)/;

/** Copies what a bundle is made of. */
async function copySources(to: string): Promise<void> {
  const packages = (await readdir(join(root, "node_modules/.deno"))).filter((name) => !left.test(name));
  const paths = [
    "main.ts",
    "deno.json",
    "lib",
    "lua",
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
    const bundle = async (root: string, outfile: string, commit = "0123456789ab") => {
      const files = await makeBundle({ root, outfile, commit });
      return { files, text: await readFile(outfile, "utf8") };
    };
    const one = await bundle(first, join(first, "dist/a.js"));
    const two = await bundle(second, join(directory, "b.js"));
    assert.ok(one.text === two.text, "the bundles differ");
    assert.deepEqual(one.files, two.files);
    assert.ok(!one.text.includes(directory), "a path of this machine is in the bundle");
    assert.ok(one.text.includes("0123456789ab"));
    const other = await bundle(first, join(first, "dist/a.js"), "ba9876543210");
    assert.equal(other.text, one.text.replaceAll("0123456789ab", "ba9876543210"));
    assert.ok(
      one.files.includes("main.ts") && one.files.some((file) => file.includes("node_modules/handlebars/")),
    );
  } finally {
    await rm(directory, { recursive: true });
  }
});
