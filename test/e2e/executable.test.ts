import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import process from "node:process";
import { commit as unknown, version } from "../../lib/core/version.ts";
import { packagesFor, readElf, systemLibraries } from "../../tools/build/elf.ts";
import { makePage } from "../../tools/build/page.ts";
import { hostTarget, targets } from "../../tools/build/targets.ts";
import { linkageOf } from "../../tools/rootfs/linkage.ts";
import { whyNotCycloneDx } from "../tools/build/support/whyNotCycloneDx.ts";
import { endToEnd } from "./support/endToEnd.ts";
import { built } from "./support/programs.ts";

const dist = dirname(built("marathon-lb"));

endToEnd("--version prints version, runtime, commit and the HAProxy that would run", async (bench) => {
  const { code, output, lines } = await bench.run(["--version"]);
  assert.deepEqual([code, lines], [0, []]);
  const [first = "", second = "", third = "", ...rest] = output.split("\n");
  assert.match(
    first,
    new RegExp(`^marathon-lb ${version.replaceAll(".", "\\.")} \\((Deno|Node\\.js) \\d[\\d.]+\\)$`),
  );
  // Sources that are not in a repository, an archive's for example, are of no commit that git could tell.
  assert.match(second, new RegExp(`^commit ([0-9a-f]{12}(-dirty)?|${unknown})$`));
  const haproxy = execFileSync(bench.path("bin/haproxy"), ["-v"], { encoding: "utf8" });
  assert.equal(third, `HAProxy ${/version (\S+)/.exec(haproxy)![1]} at ${bench.path("bin/haproxy")}`);
  assert.deepEqual(rest, [""]);
});

endToEnd(
  "--version without a HAProxy, and with one that cannot be used, says so and ends well",
  async (bench) => {
    const none = await bench.run(["--version"], { PATH: bench.path("cwd") });
    assert.deepEqual([none.code, none.lines], [0, []]);
    assert.match(
      none.output,
      /^no HAProxy found \(HAProxy was not found: no executable haproxy on PATH .*\)$/m,
    );
    const other = await bench.run(["--version"], { MARATHON_LB_HAPROXY_BINARY: process.execPath });
    assert.deepEqual([other.code, other.lines], [0, []]);
    assert.match(other.output, /^no HAProxy found \(.* is not HAProxy: .*\)$/m);
  },
);

Deno.test("executable: is for this machine, and has neither symbols nor what debuggers want", () => {
  const file = built("marathon-lb");
  assert.equal(readElf(file).machine, hostTarget(process.arch).machine);
  const sections = execFileSync("readelf", ["--section-headers", "--wide", file], { encoding: "utf8" });
  assert.match(sections, / \.text /);
  assert.doesNotMatch(sections, / \.(symtab|strtab|debug_\w+) /);
});

Deno.test("executable: links to nothing that Debian's smallest system lacks, libatomic for example", async () => {
  const needs = readElf(built("marathon-lb"));
  assert.ok(needs.libraries.includes("libc.so.6"));
  const allowed: readonly string[] = Object.values(systemLibraries).flat();
  assert.deepEqual(needs.libraries.filter((library) => !allowed.includes(library)), []);
  assert.ok(packagesFor(needs).includes("libc6"));
  const { libraries, missing } = await linkageOf(built("marathon-lb"));
  assert.deepEqual(missing, []);
  assert.ok(libraries.length > 0);
});

Deno.test("build: SHA256SUMS has the sums of all that was built", async () => {
  const text = await readFile(built("SHA256SUMS"), "utf8");
  const always = ["marathon-lb", "marathon-lb.cdx.json", "marathon-lb.js"];
  const there = await readdir(dist);
  const others = targets.map(({ name }) => `marathon-lb-${name}`).filter((name) => there.includes(name));
  const names = [...always, ...others].sort();
  const lines = await Promise.all(names.map(async (name) => {
    const sum = createHash("sha256").update(await readFile(built(name))).digest("hex");
    return `${sum}  ${name}\n`;
  }));
  assert.equal(text, lines.join(""));
  assert.match(
    execFileSync("sha256sum", ["--check", "SHA256SUMS"], { cwd: dist, encoding: "utf8" }),
    /^marathon-lb: OK$/m,
  );
});

Deno.test("build: the bill of materials is CycloneDX's, and names what is in the bundle and nothing else", async () => {
  const sbom = JSON.parse(await readFile(built("marathon-lb.cdx.json"), "utf8"));
  assert.deepEqual(whyNotCycloneDx(sbom), []);
  assert.equal(sbom.metadata.component.version, version);
  const bundle = await readFile(built("marathon-lb.js"), "utf8");
  // esbuild says in a comment which file each part comes from.
  const origins = bundle.matchAll(/^\s*\/\/ node_modules\/\S*node_modules\/((?:@[^/\s]+\/)?[^/\s]+)\//gm);
  const inBundle = new Set([...origins].map(([, name]) => name!));
  // The page in it is minified, and has no such comments.
  for (const file of (await makePage()).files) {
    const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file) ?? [];
    if (name !== undefined) inBundle.add(name);
  }
  interface Component {
    type: string;
    group?: string;
    name: string;
    hashes?: unknown[];
  }
  const components: Component[] = sbom.components;
  const libraries = components.filter(({ type }) => type === "library");
  assert.deepEqual(
    new Set(libraries.map(({ group, name }) => group ? `${group}/${name}` : name)),
    inBundle,
  );
  assert.ok(inBundle.has("commander") && inBundle.has("handlebars") && inBundle.has("@peculiar/x509"));
  assert.ok(libraries.every(({ hashes }) => hashes?.length === 1));
  assert.ok(components.some(({ type, name }) => type === "platform" && /^(node-linux-|deno$)/.test(name)));
});
