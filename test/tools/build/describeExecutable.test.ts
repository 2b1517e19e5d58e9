import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describeExecutable } from "../../../tools/build/describeExecutable.ts";
import { type Target, targets } from "../../../tools/build/targets.ts";

/** Runs a test with a file that says it is for this machine, and can be started by none. */
async function withExecutable(machine: number, test: (file: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "describe-executable-"));
  try {
    const header = new Uint8Array(64);
    header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
    new DataView(header.buffer).setUint16(18, machine, true);
    const file = join(directory, "marathon-lb");
    await writeFile(file, header, { mode: 0o755 });
    await test(file);
  } finally {
    await rm(directory, { recursive: true });
  }
}

const here = targets.find(({ arch }) => arch === process.arch) as Target;
const elsewhere = targets.find(({ arch }) => arch !== process.arch) as Target;

Deno.test("describeExecutable: one for another machine has the runtime that it was made of", () =>
  withExecutable(elsewhere.machine, async (file) => {
    assert.equal(await describeExecutable(file, elsewhere, "node"), `Node.js ${elsewhere.node.version}`);
    assert.equal(await describeExecutable(file, elsewhere, "deno"), `Deno ${Deno.version.deno}`);
  }));

Deno.test("describeExecutable: one for a machine that was not asked for is refused", () =>
  withExecutable(elsewhere.machine, async (file) => {
    const message = new RegExp(
      `made for ${here.name} is for another machine \\(ELF machine ${elsewhere.machine}\\)`,
    );
    await assert.rejects(describeExecutable(file, here, "node"), message);
    await assert.rejects(describeExecutable(file, here, "deno"), /\$DENORT_BIN has to be denort for /);
  }));

Deno.test("describeExecutable: one for this machine has to start", () =>
  withExecutable(here.machine, async (file) => {
    await assert.rejects(describeExecutable(file, here, "node"), /^Error: The executable does not start: ./);
  }));
