import assert from "node:assert/strict";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as fc from "fast-check";
import { writePieces } from "../../../lib/shell/files/writePieces.ts";
import { withDirectory } from "./withDirectory.ts";

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
