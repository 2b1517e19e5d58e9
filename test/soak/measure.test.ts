import assert from "node:assert/strict";
import { open } from "node:fs/promises";
import process from "node:process";
import { measure } from "../../tools/soak/measure.ts";

const ask = () => measure({ pid: process.pid, directory: "/no/such/directory", milliseconds: 0 });

Deno.test("measure: tells a file that stays open, and memory that is held", async () => {
  const before = await ask();
  const files = await Promise.all(Array.from({ length: 10 }, () => open("/dev/null")));
  const held = new Uint8Array(64 * 2 ** 20).fill(1);
  try {
    const after = await ask();
    assert.ok(
      after.descriptors >= before.descriptors + 10 - 2,
      `${before.descriptors}, then ${after.descriptors}`,
    );
    assert.ok(after.memory > before.memory + held.length / 2, `${before.memory}, then ${after.memory}`);
    assert.equal(after.processes, 1);
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
});

Deno.test("measure: a process that has ended is an error", async () => {
  await assert.rejects(measure({ pid: 2 ** 30, directory: "/no/such/directory", milliseconds: 0 }));
});
