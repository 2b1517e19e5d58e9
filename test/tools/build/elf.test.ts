import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmod, copyFile, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import {
  newestGlibc,
  packagesFor,
  parseReadelf,
  readElf,
  stripFor,
  systemLibraries,
} from "../../../tools/build/elf.ts";
import { hostTarget, type Target } from "../../../tools/build/targets.ts";
import { withDirectory } from "../../shell/system/withDirectory.ts";

const root = new URL("../../../", import.meta.url);
const host = hostTarget(process.arch);

Deno.test("readElf: machine, libraries and the newest glibc, compared as numbers", () => {
  const output = `ELF Header:
  Class:                             ELF64
  Machine:                           AArch64
 0x0000000000000001 (NEEDED)             Shared library: [libc.so.6]
 0x0000000000000001 (NEEDED)             Shared library: [libatomic.so.1]
  0x0020:   Name: GLIBC_2.9  Flags: none  Version: 5
  0x0030:   Name: GLIBC_2.28  Flags: none  Version: 4
  0x0040:   Name: GLIBC_2.2.5  Flags: none  Version: 3
  0x0050:   Name: GLIBCXX_3.4.21  Flags: none  Version: 2
`;
  const needs = { machine: "AArch64", libraries: ["libc.so.6", "libatomic.so.1"], glibc: "2.28" };
  assert.deepEqual(parseReadelf(output), needs);
  assert.equal(parseReadelf(""), undefined);
});

Deno.test("readElf: a file that is no executable is refused in one line", () =>
  withDirectory(async (directory) => {
    const file = join(directory, "script");
    await writeFile(file, "#!/bin/sh\n");
    assert.throws(() => readElf(file), /^Error: \S+script is no ELF file: .+$/);
  }));

Deno.test("packagesFor: a library that minimal systems lack is refused by its name, and a glibc that is too new", () => {
  const needs = { machine: host.machine, libraries: ["libstdc++.so.6", "libc.so.6"], glibc: "2.9" };
  assert.deepEqual(packagesFor(needs), ["libc6", "libstdc++6"]);
  assert.throws(
    () => packagesFor({ ...needs, libraries: ["libc.so.6", "libatomic.so.1"] }),
    /links to libatomic\.so\.1, which not every machine has/,
  );
  assert.deepEqual(packagesFor({ ...needs, glibc: newestGlibc }), ["libc6", "libstdc++6"]);
  assert.throws(() => packagesFor({ ...needs, glibc: "2.34" }), /needs glibc 2\.34; the docs promise/);
});

for (
  const page of ["README.md", "docs/image.md", "docs/systemd.md", "packaging/systemd/marathon-lb.service"]
) {
  Deno.test(`${page} names what the executable links to: glibc, libgcc and libstdc++`, async () => {
    const text = (await readFile(new URL(page, root), "utf8")).replaceAll(/\s+#?\s*/g, " ");
    for (const name of Object.keys(systemLibraries)) assert.ok(text.includes(name), `${page}: ${name}`);
    assert.ok(text.includes(`glibc ${newestGlibc}`), `${page}: glibc ${newestGlibc}`);
  });
}

Deno.test("stripFor: an executable without symbols still runs, and links to the same", () =>
  withDirectory(async (directory) => {
    const node = fileURLToPath(new URL(`node_modules/${host.node.name}/bin/node`, root));
    const file = join(directory, "node");
    await copyFile(node, file);
    await chmod(file, 0o755);
    assert.equal(await stripFor(host, file), true);
    assert.ok((await stat(file)).size < (await stat(node)).size * 0.9);
    assert.deepEqual(readElf(file), readElf(node));
    assert.equal(execFileSync(file, ["-p", "6 * 7"], { encoding: "utf8" }), "42\n");
  }));

Deno.test("stripFor: for a machine that no strip here knows the file stays as it is", () =>
  withDirectory(async (directory) => {
    const file = join(directory, "program");
    await writeFile(file, "as it is");
    const target = { ...host, name: "riscv64", bfd: "elf64-littleriscv-unknown" } as unknown as Target;
    assert.equal(await stripFor(target, file), false);
    assert.equal(await readFile(file, "utf8"), "as it is");
  }));
