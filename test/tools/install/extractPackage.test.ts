import assert from "node:assert/strict";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { extractedFolder, extractPackage, findExtracted } from "../../../tools/install/extractPackage.ts";
import { writeScript } from "../../e2e/support/writeScript.ts";
import { withDirectory } from "../../shell/system/withDirectory.ts";

/** Programs that stand for those of Debian. */
async function fakes(directory: string, aptGet: string): Promise<string> {
  const path = join(directory, "bin");
  await mkdir(path);
  await writeScript(join(path, "apt-get"), aptGet);
  await writeScript(
    join(path, "dpkg-deb"),
    'mkdir -p "$3/usr/bin" && cat "$2" > "$3/usr/bin/tool" && chmod +x "$3/usr/bin/tool"',
  );
  return path;
}

Deno.test("extractPackage: a package is downloaded and extracted, and nothing is installed", () =>
  withDirectory(async (directory) => {
    const path = await fakes(
      directory,
      'echo "$@" >> ../../asked; test "$2" = download && echo content > tool_1.deb',
    );
    const folder = join(directory, "cache/tool-package");
    await extractPackage("tool-package", folder, path);
    const tool = await findExtracted("tool", folder, "/nowhere");
    assert.equal(tool, join(folder, "usr/bin/tool"));
    assert.equal(await readFile(tool!, "utf8"), "content\n");
    assert.deepEqual(await readdir(join(directory, "cache")), ["tool-package"]);
    // What is there is not downloaded again.
    await extractPackage("tool-package", folder, path);
    assert.equal(await readFile(join(directory, "asked"), "utf8"), "-qq download tool-package\n");
  }));

Deno.test("extractPackage: without lists, apt-get fetches them first; why it fails is one line", () =>
  withDirectory(async (directory) => {
    const path = await fakes(
      directory,
      'echo "$2" >> ../../asked; echo "E: Unable to locate package" >&2; exit 100',
    );
    const folder = join(directory, "cache/tool-package");
    await assert.rejects(extractPackage("tool-package", folder, path), {
      message: "tool-package cannot be downloaded: Unable to locate package",
    });
    assert.equal(await readFile(join(directory, "asked"), "utf8"), "download\nupdate\ndownload\n");
    assert.deepEqual(await readdir(join(directory, "cache")), []);
    assert.equal(await findExtracted("tool", folder, "/nowhere"), undefined);
  }));

Deno.test("extractedFolder: below the cache folder of the user", () => {
  assert.equal(extractedFolder("a", { XDG_CACHE_HOME: "/c" }, true), "/c/marathon-lb/packages/a");
  assert.equal(extractedFolder("a", {}, true), "/var/cache/marathon-lb/packages/a");
});
