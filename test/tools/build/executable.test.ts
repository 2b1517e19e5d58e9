import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describeRuntime } from "../../../tools/build/executable.ts";
import { type Target, targets } from "../../../tools/build/targets.ts";

/** `e_machine` in the header of an ELF file: EM_X86_64, EM_AARCH64 (elf(5)). */
const machines = { x86_64: 62, aarch64: 183 };

/** Runs a test with a file that says it is for this machine, and can be started by none. */
async function withExecutable({ name }: Target, test: (file: string) => void): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "describe-executable-"));
  try {
    const header = new Uint8Array(64);
    header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
    new DataView(header.buffer).setUint16(18, machines[name], true);
    const file = join(directory, "marathon-lb");
    await writeFile(file, header, { mode: 0o755 });
    test(file);
  } finally {
    await rm(directory, { recursive: true });
  }
}

const here = targets.find(({ arch }) => arch === process.arch) as Target;
const elsewhere = targets.find(({ arch }) => arch !== process.arch) as Target;

Deno.test("describeRuntime: one for another machine has the runtime that it was made of", () =>
  withExecutable(elsewhere, (file) => {
    assert.equal(describeRuntime(file, elsewhere, "node"), `Node.js ${elsewhere.node.version}`);
    assert.equal(describeRuntime(file, elsewhere, "deno"), `Deno ${Deno.version.deno}`);
  }));

Deno.test("describeRuntime: one for a machine that was not asked for is refused", () =>
  withExecutable(elsewhere, (file) => {
    const message = new RegExp(
      `made for ${here.name} is for another machine \\(${elsewhere.machine}\\)`,
    );
    assert.throws(() => describeRuntime(file, here, "node"), message);
    assert.throws(() => describeRuntime(file, here, "deno"), /\$DENORT_BIN has to be denort for /);
  }));

Deno.test("describeRuntime: one for this machine has to start", () =>
  withExecutable(here, (file) => {
    assert.throws(() => describeRuntime(file, here, "node"), /^Error: The executable does not start: ./);
  }));
