import assert from "node:assert/strict";
import { measure } from "../../tools/soak/measure.ts";

const descriptors = 10;
const bytes = 64 * 2 ** 20;

/** Says when it runs, then holds files and memory from the first line of its input on, until that ends. */
const holder = `
  const input = Deno.stdin.readable.pipeThrough(new TextDecoderStream()).getReader();
  console.log("runs");
  await input.read();
  globalThis.held = [new Uint8Array(${bytes}).fill(1)];
  for (let count = 0; count < ${descriptors}; count++) globalThis.held.push(await Deno.open("/dev/null"));
  console.log("holds");
  await input.read();
`;

Deno.test("measure: reports a file that stays open, and memory that is held", async () => {
  // A process of its own: this one has the memory of all tests that run at the same time.
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", holder],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const ask = () => measure({ pid: child.pid, directory: "/no/such/directory", milliseconds: 0 });
  try {
    assert.equal((await output.read()).value, "runs\n");
    const before = await ask();
    await input.write(new TextEncoder().encode("\n"));
    assert.equal((await output.read()).value, "holds\n");
    const after = await ask();
    const told = `${JSON.stringify(before)}, then ${JSON.stringify(after)}`;
    assert.ok(after.descriptors >= before.descriptors + descriptors, told);
    assert.ok(after.memory > before.memory + bytes / 2, told);
    assert.equal(after.processes, 1);
  } finally {
    await input.close();
    await output.cancel();
    await child.status;
  }
});

Deno.test("measure: a process that has ended is an error", async () => {
  await assert.rejects(measure({ pid: 2 ** 30, directory: "/no/such/directory", milliseconds: 0 }));
});
