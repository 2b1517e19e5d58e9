import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { lstat, mkdir, readFile, readlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Entry } from "../../../tools/rootfs/planRootfs.ts";
import { describeSizes, writeRootfs } from "../../../tools/rootfs/writeRootfs.ts";
import { withDirectory } from "../../shell/system/withDirectory.ts";

Deno.test("a root file system is written as planned, with modes and times of its own", () =>
  withDirectory(async (directory) => {
    const [from, output] = [join(directory, "from"), join(directory, "output")];
    await writeFile(from, "program", { mode: 0o600 });
    await mkdir(output);
    await writeFile(join(output, "left-over"), "");
    const part = "users and directories";
    const entries: Entry[] = [
      { kind: "directory", path: "/run", mode: 0o1777, part },
      { kind: "copy", path: "/run/program", from, mode: 0o755, part: "HAProxy" },
      { kind: "text", path: "/run/users", text: "root", mode: 0o644, part },
      { kind: "link", path: "/var", target: "run", part },
    ];
    assert.deepEqual(await writeRootfs(entries, output), new Map([[part, 4], ["HAProxy", 7]]));

    assert.ok(!existsSync(join(output, "left-over")));
    assert.equal(await readFile(join(output, "var/program"), "utf8"), "program");
    assert.equal(await readFile(join(output, "run/users"), "utf8"), "root");
    assert.equal(await readlink(join(output, "var")), "run");
    const modes = { "": 0o755, "run": 0o1777, "run/program": 0o755, "run/users": 0o644 };
    for (const [path, mode] of Object.entries(modes)) {
      assert.equal((await lstat(join(output, path))).mode & 0o7777, mode, path);
    }
    for (const path of ["", "run", "run/program", "run/users", "var"]) {
      assert.equal((await lstat(join(output, path))).mtimeMs, 0, path);
    }
  }));

Deno.test("sizes are reported for each part and in total", () => {
  assert.deepEqual(describeSizes(new Map([["marathon-lb", 119_040_000], ["CA certificates", 219_597]])), [
    "  marathon-lb            119.0 MB",
    "  CA certificates          0.2 MB",
    "  in all                 119.3 MB",
  ]);
});
