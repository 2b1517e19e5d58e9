import assert from "node:assert/strict";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findProgram } from "../../../tools/install/findProgram.ts";
import { withDirectory } from "../../shell/files/withDirectory.ts";

Deno.test("a program is the first executable of its name on the path", () =>
  withDirectory(async (directory) => {
    const [empty, plain, first, second] = ["empty", "plain", "first", "second"].map((name) =>
      join(directory, name)
    ) as [string, string, string, string];
    for (const place of [empty, plain, first, second]) await mkdir(place);
    for (const place of [plain, first, second]) await writeFile(join(place, "some-program"), "");
    for (const place of [first, second]) await chmod(join(place, "some-program"), 0o755);
    const path = ["", empty, plain, first, second].join(":");
    // Root may read every file, but execute only what somebody may.
    assert.equal(await findProgram("some-program", path), join(first, "some-program"));
    assert.equal(await findProgram("some-program", empty), undefined);
  }));

Deno.test("HAProxy is found without being on the path", async () => {
  assert.match(await findProgram("haproxy", "") ?? "", /^\/(?:usr\/(?:local\/)?)?sbin\/haproxy$/);
});
