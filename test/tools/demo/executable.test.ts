import assert from "node:assert/strict";
import { mkdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isOutdated } from "../../../tools/demo/executable.ts";
import { withDirectory } from "../../shell/system/withDirectory.ts";

Deno.test("a product is outdated when it is missing, or a file or directory of its sources is newer", () =>
  withDirectory(async (directory) => {
    const [product, file, folder, inner] = ["product", "main.ts", "lib", "lib/run.ts"].map((name) =>
      join(directory, name)
    ) as [string, string, string, string];
    const sources = [file, folder];
    const setTimes = async (seconds: Record<string, number>) => {
      for (const [path, time] of Object.entries(seconds)) await utimes(path, time, time);
    };
    await mkdir(folder);
    await writeFile(file, "");
    await writeFile(inner, "");
    assert.equal(await isOutdated(product, sources), true, "missing");

    await writeFile(product, "");
    await setTimes({ [file]: 1000, [inner]: 2000, [folder]: 3000, [product]: 3000 });
    assert.equal(await isOutdated(product, sources), false, "as new as its sources");
    for (const path of [file, inner, folder]) {
      await setTimes({ [file]: 1000, [inner]: 2000, [folder]: 3000, [path]: 4000 });
      assert.equal(await isOutdated(product, sources), true, `${path} is newer`);
    }
  }));
