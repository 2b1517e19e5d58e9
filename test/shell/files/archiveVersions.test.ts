import assert from "node:assert/strict";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { archiveVersions } from "../../../lib/shell/files/archiveVersions.ts";
import { withDirectory } from "./withDirectory.ts";

/** All files of a directory as `name: content`, in order. */
async function contentsOf(directory: string): Promise<string[]> {
  const names = (await readdir(directory)).sort();
  return await Promise.all(
    names.map(async (name) => `${name}: ${await readFile(join(directory, name), "utf8")}`),
  );
}

Deno.test("the last versions are kept, the newest as .1", () =>
  withDirectory(async (root) => {
    const file = join(root, "haproxy.cfg");
    const directory = join(root, "archive");
    for (const content of ["one", "two", "three", "four"]) {
      await writeFile(file, content, { mode: 0o600 });
      await archiveVersions(file, { directory, keep: 3 });
    }
    assert.deepEqual(await contentsOf(directory), [
      "haproxy.cfg.1: four",
      "haproxy.cfg.2: three",
      "haproxy.cfg.3: two",
    ]);
    assert.equal((await stat(join(directory, "haproxy.cfg.1"))).mode & 0o777, 0o600);
    assert.equal(await readFile(file, "utf8"), "four");
  }));

Deno.test("versions beyond the number are removed when it is lowered, other files are not", () =>
  withDirectory(async (directory) => {
    const file = join(directory, "haproxy.cfg");
    await writeFile(file, "now");
    for (
      const name of ["haproxy.cfg.1", "haproxy.cfg.2", "haproxy.cfg.10", "haproxy.cfg.01", "haproxy.cfg.bak"]
    ) {
      await writeFile(join(directory, name), name);
    }
    await archiveVersions(file, { directory, keep: 2 });
    assert.deepEqual(await contentsOf(directory), [
      "haproxy.cfg: now",
      "haproxy.cfg.01: haproxy.cfg.01",
      "haproxy.cfg.1: now",
      "haproxy.cfg.2: haproxy.cfg.1",
      "haproxy.cfg.bak: haproxy.cfg.bak",
    ]);
    await archiveVersions(file, { directory, keep: 0 });
    assert.deepEqual((await readdir(directory)).sort(), ["haproxy.cfg", "haproxy.cfg.01", "haproxy.cfg.bak"]);
  }));

Deno.test("a file that is edited in place does not change its history", () =>
  withDirectory(async (directory) => {
    const file = join(directory, "haproxy.cfg");
    await writeFile(file, "before");
    await archiveVersions(file, { directory, keep: 1 });
    await writeFile(file, "after");
    assert.equal(await readFile(join(directory, "haproxy.cfg.1"), "utf8"), "before");
  }));

Deno.test("without the file the versions stay as they are", () =>
  withDirectory(async (directory) => {
    await writeFile(join(directory, "haproxy.cfg.1"), "older");
    await archiveVersions(join(directory, "haproxy.cfg"), { directory, keep: 5 });
    assert.deepEqual(await contentsOf(directory), ["haproxy.cfg.1: older"]);
  }));

Deno.test("a failure says where and leaves no temporary file", () =>
  withDirectory(async (directory) => {
    const file = join(directory, "haproxy.cfg");
    await writeFile(file, "now");
    await mkdir(join(directory, "haproxy.cfg.1"));
    await assert.rejects(archiveVersions(file, { directory, keep: 1 }), (error: Error) => {
      assert.ok(error.message.startsWith(`Cannot archive ${file} in ${directory}: `), error.message);
      assert.ok(!error.message.includes("\n"));
      return true;
    });
    assert.deepEqual((await readdir(directory)).sort(), ["haproxy.cfg", "haproxy.cfg.1"]);
  }));
