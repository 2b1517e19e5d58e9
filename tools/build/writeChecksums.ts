import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Writes `SHA256SUMS` for these files of a directory, sorted by name, in the form that `sha256sum --check` reads. */
export async function writeChecksums(directory: string, names: readonly string[]): Promise<void> {
  const lines = await Promise.all(
    [...names].sort().map(async (name) => {
      const sum = createHash("sha256").update(await readFile(join(directory, name))).digest("hex");
      return `${sum}  ${name}\n`;
    }),
  );
  await writeFile(join(directory, "SHA256SUMS"), lines.join(""));
}
