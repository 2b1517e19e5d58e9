import * as fc from "fast-check";
import assert from "node:assert/strict";
import { chmod, lstat, mkdir, open, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  fileError,
  makeDirectory,
  readFileIfExists,
  writeFileAtomically,
  writePieces,
} from "../../../lib/shell/system/files.ts";
import { withDirectory } from "./withDirectory.ts";

const systemError = (code: string) => Object.assign(new Error(`${code}: what libuv says, write`), { code });

const cases: [code: string, message: string][] = [
  ["ENOSPC", "Cannot write /etc/x: no space left on the device; free some on that file system"],
  ["EROFS", "Cannot write /etc/x: the file system is read-only; mount it writable or choose another path"],
  [
    "EBUSY",
    "Cannot write /etc/x: the path is in use as a mount point; mount the directory around it instead",
  ],
  ["EXYZ", "Cannot write /etc/x: EXYZ: what libuv says, write"],
];
for (const [code, message] of cases) {
  Deno.test(`${code} is reported with the path and what to do`, () => {
    const cause = systemError(code);
    const error = fileError("write", "/etc/x", cause);
    assert.equal(error.message, message);
    assert.equal(error.cause, cause);
  });
}

Deno.test("a message of several lines becomes one", () => {
  assert.equal(fileError("read", "/x", new Error("one\n  two")).message, "Cannot read /x: one two");
});

Deno.test("makeDirectory: makes those around it too, and takes one that is there", () =>
  withDirectory(async (directory) => {
    for (let time = 0; time < 2; time++) await makeDirectory(`${directory}/a/b`);
    assert.ok((await stat(`${directory}/a/b`)).isDirectory());
  }));

Deno.test("makeDirectory: an error names what was wanted and the path", () =>
  withDirectory(async (directory) => {
    await writeFile(`${directory}/file`, "");
    await assert.rejects(makeDirectory(`${directory}/file/b`, "the directory of --x"), {
      message:
        `Cannot make the directory of --x ${directory}/file/b: a part of the path is not a directory; ` +
        "check the path",
    });
  }));

Deno.test("a file is read, a missing one is undefined, anything else an error of one line", () =>
  withDirectory(async (directory) => {
    await writeFile(join(directory, "a"), "text ä");
    assert.equal(await readFileIfExists(join(directory, "a")), "text ä");
    assert.equal(await readFileIfExists(join(directory, "b")), undefined);
    await assert.rejects(readFileIfExists(directory), {
      message: `Cannot read ${directory}: it is a directory; choose another path`,
    });
    await assert.rejects(readFileIfExists(join(directory, "a", "b")), {
      message: `Cannot read ${
        join(directory, "a", "b")
      }: a part of the path is not a directory; check the path`,
    });
  }));

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

Deno.test("a reader that has the old file open keeps reading the old content", () =>
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

async function written(pieces: readonly string[], path: string): Promise<string> {
  const file = await open(path, "w");
  try {
    await writePieces(file, pieces);
  } finally {
    await file.close();
  }
  return await readFile(path, "utf8");
}

Deno.test("writePieces: the file holds the pieces, of any length and any letters", () =>
  withDirectory((directory) =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: "grapheme", maxLength: 20 })), async (pieces) => {
        assert.equal(await written(pieces, join(directory, "file")), pieces.join(""));
      }),
      { numRuns: 50, verbose: true },
    )
  ));

Deno.test("writePieces: letters that do not fit into one turn are in the next, whole", () =>
  withDirectory(async (directory) => {
    // Of three and four bytes: no multiple of them is as long as a turn.
    for (const letter of ["x", "€", "🙂"]) {
      const pieces = ["-", letter.repeat(300_000), "", letter];
      assert.equal(await written(pieces, join(directory, "file")), pieces.join(""));
    }
  }));
