import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readFileIfExists } from "../../../lib/shell/files/readFileIfExists.ts";
import { withDirectory } from "./withDirectory.ts";

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
