import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { lstat, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { withDirectory } from "../shell/system/withDirectory.ts";
import { treeWords } from "./support/image/ImageContainer.ts";

const main = fileURLToPath(new URL("../../tools/rootfs/main.ts", import.meta.url));

function assemble(output: string): string {
  const words = ["run", "-A", main, "--output", output, ...treeWords()];
  return execFileSync(process.execPath, words, { encoding: "utf8" });
}

/** Every path but the directories that only lead to others, by what is at it. */
async function contentsOf(root: string): Promise<Map<string, { kind: string; facts: string }>> {
  const contents = new Map<string, { kind: string; facts: string }>();
  for (const name of readdirSync(root, { recursive: true, encoding: "utf8" }).sort()) {
    const path = join(root, name);
    const info = await lstat(path);
    const [kind, what] = info.isSymbolicLink()
      ? ["link", await readlink(path)]
      : info.isDirectory()
      ? ["directory", ""]
      : ["file", createHash("sha256").update(await readFile(path)).digest("hex")];
    contents.set(`/${name}`, {
      kind,
      facts: [kind, (info.mode & 0o7777).toString(8), info.mtimeMs, what].join(" "),
    });
  }
  return contents;
}

/** All that may be in the image besides directories. */
const expected: readonly RegExp[] = [
  /^\/usr\/local\/bin\/marathon-lb$/,
  /^\/usr\/sbin\/haproxy$/,
  /^\/lib(64)?\/ld-linux-[\w-]+\.so\.\d$/,
  /^\/lib\/\w+-linux-gnu\/lib[\w.+-]+\.so(\.\d+)+$/,
  /^\/etc\/ssl\/certs\/ca-certificates\.crt$/,
  /^\/etc\/(passwd|group)$/,
  /^\/var\/run$/,
];

Deno.test("the image holds two programs and what they need, no shell, and the same each time", () =>
  withDirectory(async (directory) => {
    const [first, second] = [join(directory, "first"), join(directory, "second")];
    const told = assemble(first);
    assemble(second);
    const contents = await contentsOf(first);
    assert.deepEqual(contents, await contentsOf(second));

    const names = [...contents].filter(([, { kind }]) => kind !== "directory").map(([path]) => path);
    for (const pattern of expected) {
      assert.ok(names.some((path) => pattern.test(path)), `nothing is ${pattern}`);
    }
    assert.deepEqual(names.filter((path) => !expected.some((pattern) => pattern.test(path))), []);
    const programs = names.filter((path) => /\/s?bin\//.test(path));
    assert.deepEqual(programs, ["/usr/local/bin/marathon-lb", "/usr/sbin/haproxy"]);

    const [, megabytes] = /in all +(\d+\.\d) MB/.exec(told)!;
    assert.ok(Number(megabytes) < 150, `it has ${megabytes} MB, under 150 are wanted`);
  }));
