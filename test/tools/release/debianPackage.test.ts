import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { hostTarget } from "../../../tools/build/targets.ts";
import { findProgram } from "../../../tools/install/installMissing.ts";
import { makeDebianPackage } from "../../../tools/release/debianPackage.ts";
import { withDirectory } from "../../shell/system/withDirectory.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const needed = ["dpkg-deb", "readelf"];
const found = await Promise.all(needed.map((name) => findProgram(name, process.env.PATH)));
const missing = needed.filter((_, index) => found[index] === undefined);
const reason = missing.length === 0 ? "" : ` (not run: there is no ${missing.join(" and no ")})`;

Deno.test({
  name: `Debian package: the same input makes the same bytes, with fixed owners, modes and times${reason}`,
  ignore: missing.length > 0,
  fn: () =>
    withDirectory(async (directory) => {
      const target = hostTarget("x64");
      // The header of an ELF file for x86-64, which links to nothing: elf(5).
      const header = new Uint8Array(64);
      header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
      header[18] = 62;
      const executable = join(directory, "executable");
      await writeFile(executable, header);
      const input = {
        root,
        executable,
        target,
        version: "1.0.0",
        time: 1_790_000_000,
        licenses: "MIT",
      };
      const [one, two] = [join(directory, "one.deb"), join(directory, "two.deb")];
      await makeDebianPackage({ ...input, compression: "none", output: one });
      const umask = process.umask(0o077);
      await makeDebianPackage({ ...input, compression: "none", output: two }).finally(() =>
        process.umask(umask)
      );
      assert.ok((await readFile(one)).equals(await readFile(two)));
      assert.deepEqual(
        (await readdir(directory)).sort(),
        ["executable", "one.deb", "two.deb"],
        "nothing else is left",
      );

      const field = (name: string) =>
        execFileSync("dpkg-deb", ["--field", one, name], { encoding: "utf8" }).trim();
      assert.equal(field("Version"), "1.0.0");
      assert.equal(field("Architecture"), "amd64");
      assert.equal(field("Depends"), "adduser, haproxy (>= 2.6)");
      const env = { ...process.env, TZ: "UTC" };
      const contents = execFileSync("dpkg-deb", ["--contents", one], { encoding: "utf8", env });
      const lines = contents.trimEnd().split("\n").map((line) => line.split(/\s+/));
      const files = new Map(
        lines.map(([mode, owner, , day, time, path]) => [path!, { mode, owner, day, time }]),
      );
      for (const [path, { owner, day, time }] of files) {
        assert.deepEqual(
          { owner, day, time },
          { owner: "root/root", day: "2026-09-21", time: "14:13" },
          path,
        );
      }
      assert.equal(files.get("./usr/bin/marathon-lb")?.mode, "-rwxr-xr-x");
      assert.equal(files.get("./etc/default/marathon-lb")?.mode, "-rw-------");
      const directories = [...files].filter(([path]) => path.endsWith("/"));
      assert.deepEqual(directories.filter(([, { mode }]) => mode !== "drwxr-xr-x"), []);
    }),
});
