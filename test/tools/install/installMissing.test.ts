import assert from "node:assert/strict";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describeAptFailure, findProgram, installMissing } from "../../../tools/install/installMissing.ts";
import { withDirectory } from "../../shell/system/withDirectory.ts";

Deno.test("nothing is installed where programs and files are there", async () => {
  const said: string[] = [];
  const [program, file] = ["sh", "/etc/passwd"];
  await installMissing([program, { package: "of-sh", program }, { package: "of-file", file }], (line) => {
    said.push(line);
  });
  assert.deepEqual(said, []);
});

const cases: [name: string, stderr: string, description: string][] = [
  [
    "apt-get's first error",
    "W: GPG error\nE: Unable to locate package haproxy\nE: Other\n",
    "Unable to locate package haproxy",
  ],
  [
    "what sudo said",
    "\nsudo: a terminal is required to read the password\nsudo: a password is required\n",
    "sudo: a password is required",
  ],
  ["nothing said", "", "Command failed: apt-get update"],
];

for (const [name, stderr, description] of cases) {
  Deno.test(`why apt-get failed: ${name}`, () => {
    assert.equal(describeAptFailure(stderr, "Command failed: apt-get update\nmore"), description);
  });
}

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
