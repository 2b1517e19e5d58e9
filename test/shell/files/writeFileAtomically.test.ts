import assert from "node:assert/strict";
import { chmod, lstat, mkdir, open, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "../../../lib/shell/files/writeFileAtomically.ts";
import { withDirectory } from "./withDirectory.ts";

const modeOf = async (path: string) => (await stat(path)).mode & 0o7777;

Deno.test("a new file is written with the mode that was asked for, whatever the umask", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "cert.pem");
    await writeFileAtomically(path, "secret\n", { mode: 0o600 });
    assert.equal(await readFile(path, "utf8"), "secret\n");
    assert.equal(await modeOf(path), 0o600);
    await writeFileAtomically(path, "open\n", { mode: 0o666 });
    assert.equal(await modeOf(path), 0o666);
    assert.deepEqual(await readdir(directory), ["cert.pem"]);
  }));

Deno.test("an old file keeps its mode when none is given", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "haproxy.cfg");
    await writeFile(path, "old");
    await chmod(path, 0o640);
    await writeFileAtomically(path, new TextEncoder().encode("new"));
    assert.equal(await readFile(path, "utf8"), "new");
    assert.equal(await modeOf(path), 0o640);
  }));

Deno.test("who has the old file open goes on reading the old content", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "haproxy.cfg");
    await writeFile(path, "old content");
    const reader = await open(path);
    try {
      await writeFileAtomically(path, "new");
      assert.equal(await reader.readFile("utf8"), "old content");
    } finally {
      await reader.close();
    }
  }));

Deno.test("a symbolic link stays one, and what it points to is replaced", () =>
  withDirectory(async (directory) => {
    await mkdir(join(directory, "real"));
    await writeFile(join(directory, "real", "haproxy.cfg"), "old");
    const link = join(directory, "haproxy.cfg");
    await symlink(join("real", "haproxy.cfg"), link);
    await writeFileAtomically(link, "new");
    assert.ok((await lstat(link)).isSymbolicLink());
    assert.equal(await readFile(join(directory, "real", "haproxy.cfg"), "utf8"), "new");
  }));

Deno.test("a failed rename leaves no temporary file and says what to do", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "haproxy.cfg");
    await mkdir(path);
    await assert.rejects(writeFileAtomically(path, "x"), {
      message: `Cannot write ${path}: it is a directory; choose another path`,
    });
    assert.deepEqual(await readdir(directory), ["haproxy.cfg"]);
  }));

Deno.test("a missing directory is an error of one line that names the path", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "missing", "haproxy.cfg");
    await assert.rejects(writeFileAtomically(path, "x"), {
      message:
        `Cannot write ${path}: no such file or directory; check the path, and create the directory if it is missing`,
    });
  }));
