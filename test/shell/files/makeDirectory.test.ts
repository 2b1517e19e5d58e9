import assert from "node:assert/strict";
import { stat, writeFile } from "node:fs/promises";
import { makeDirectory } from "../../../lib/shell/files/makeDirectory.ts";
import { withDirectory } from "./withDirectory.ts";

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
