import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { makeBlob, nodeFor } from "../../../tools/build/nodeExecutable.ts";
import { hostTarget } from "../../../tools/build/targets.ts";
import { withDirectory } from "../../shell/system/withDirectory.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

Deno.test("makeBlob: the same script makes the same bytes in another directory, compiled code included", () =>
  withDirectory(async (directory) => {
    const builder = await nodeFor(hostTarget(process.arch), root);
    // Names of members are what V8 hashes.
    const names = Array.from({ length: 50 }, (_, index) => `name${index}: () => ${index}`);
    const blobs = await Promise.all(["one", "two"].map(async (name) => {
      const script = join(directory, name, "main.cjs");
      await mkdir(join(directory, name));
      await writeFile(script, `const table = { ${names.join(", ")} };\nconsole.log(table.name7());\n`);
      const output = join(directory, name, "blob");
      await makeBlob(builder, { script, output, useCodeCache: true });
      return await readFile(output);
    }));
    assert.ok(blobs[0]!.length > 1000);
    assert.ok(blobs[0]!.equals(blobs[1]!));
  }));
