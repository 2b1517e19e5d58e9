import assert from "node:assert/strict";
import { chmod, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PendingFiles } from "../../../lib/shell/configuration/PendingFiles.ts";
import { withDirectory } from "../files/withDirectory.ts";

function test(name: string, run: (pending: PendingFiles, directory: string) => Promise<void>): void {
  Deno.test(
    `PendingFiles: ${name}`,
    () => withDirectory((directory) => run(new PendingFiles(directory), directory)),
  );
}

const files = (text: string) => [{ name: "map", content: text }, { name: "haproxy.cfg", content: [...text] }];
const texts = (directory: string) =>
  Promise.all(["map", "haproxy.cfg"].map((name) => readFile(join(directory, name), "utf8")));

test("replaces all, and leaves nothing else behind", async (pending, directory) => {
  for (const text of ["old", "new"]) {
    await pending.replace(files(text));
    assert.deepEqual(await texts(directory), [text, text]);
  }
  assert.deepEqual((await readdir(directory)).sort(), ["haproxy.cfg", "map"]);
  assert.equal(await pending.finish(), false);
});

test("what was interrupted before the decision is forgotten", async (pending, directory) => {
  await pending.replace(files("old"));
  await mkdir(join(directory, ".draft"));
  await writeFile(join(directory, ".draft/0-map"), "half");
  assert.equal(await pending.finish(), false);
  assert.deepEqual(await texts(directory), ["old", "old"]);
  await pending.replace(files("new"));
  assert.deepEqual((await readdir(directory)).sort(), ["haproxy.cfg", "map"]);
});

for (const moved of [0, 1, 2]) {
  test(`what was interrupted after ${moved} of 2 moves is done`, async (pending, directory) => {
    await pending.replace(files("old"));
    await mkdir(join(directory, ".pending"));
    for (const [index, { name }] of files("new").entries()) {
      await writeFile(join(directory, index < moved ? name : `.pending/${index}-${name}`), "new");
    }
    assert.equal(await pending.finish(), moved < 2);
    assert.deepEqual(await texts(directory), ["new", "new"]);
    assert.deepEqual((await readdir(directory)).sort(), ["haproxy.cfg", "map"]);
  });
}

test("modes and symbolic links stay, on another file system too", async (pending, directory) => {
  const elsewhere = `/dev/shm/pending-files-test-${crypto.randomUUID()}`;
  try {
    await writeFile(elsewhere, "old");
    assert.notEqual((await stat(elsewhere)).dev, (await stat(directory)).dev, "this test needs /dev/shm");
    await symlink(elsewhere, join(directory, "map"));
    await writeFile(join(directory, "haproxy.cfg"), "old");
    for (const path of [elsewhere, join(directory, "haproxy.cfg")]) await chmod(path, 0o640);
    await pending.replace(files("new"));
    assert.deepEqual(await texts(directory), ["new", "new"]);
    assert.equal(await readlink(join(directory, "map")), elsewhere);
    for (const path of [elsewhere, join(directory, "haproxy.cfg")]) {
      assert.equal((await stat(path)).mode & 0o777, 0o640);
    }
  } finally {
    await Deno.remove(elsewhere);
  }
});

test("a file that cannot be written changes none", async (pending, directory) => {
  await pending.replace(files("old"));
  const bad = [...files("new"), { name: "no/such/directory", content: "" }];
  await assert.rejects(pending.replace(bad), /^Error: Cannot write \S+: no such file or directory/);
  assert.deepEqual(await texts(directory), ["old", "old"]);
  assert.deepEqual((await readdir(directory)).sort(), ["haproxy.cfg", "map"]);
});
