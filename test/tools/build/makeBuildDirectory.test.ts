import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { makeBuildDirectory } from "../../../tools/build/makeBuildDirectory.ts";

Deno.test("makeBuildDirectory: what killed builds left goes, what runs and what is no build stays", async () => {
  const dist = await mkdtemp(join(tmpdir(), "make-build-directory-"));
  try {
    const ended = spawn("true");
    await once(ended, "exit");
    const running = `.build-${process.ppid}`;
    for (const name of [`.build-${ended.pid}`, running, "rootfs"]) await mkdir(join(dist, name));
    await writeFile(join(dist, `.build-${ended.pid}`, "marathon-lb"), "");
    await writeFile(join(dist, "marathon-lb"), "");
    const directory = await makeBuildDirectory(dist);
    await writeFile(join(directory, "marathon-lb"), "");
    const expected = [`.build-${process.pid}`, running, "marathon-lb", "rootfs"].sort();
    assert.deepEqual((await readdir(dist)).sort(), expected);
    assert.deepEqual(await readdir(await makeBuildDirectory(dist)), [], "an earlier build's of this process");
    assert.deepEqual(await readdir(await makeBuildDirectory(join(dist, "new"))), []);
  } finally {
    await rm(dist, { recursive: true });
  }
});
