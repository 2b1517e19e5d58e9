import assert from "node:assert/strict";
import { fileError } from "../../../lib/shell/files/fileError.ts";

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
  Deno.test(`${code} is told with the path and what to do`, () => {
    const cause = systemError(code);
    const error = fileError("write", "/etc/x", cause);
    assert.equal(error.message, message);
    assert.equal(error.cause, cause);
  });
}

Deno.test("a message of several lines becomes one", () => {
  assert.equal(fileError("read", "/x", new Error("one\n  two")).message, "Cannot read /x: one two");
});
