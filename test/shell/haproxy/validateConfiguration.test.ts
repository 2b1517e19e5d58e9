import assert from "node:assert/strict";
import { validateConfiguration } from "../../../lib/shell/haproxy/validateConfiguration.ts";
import { limit, TestBench } from "./support/TestBench.ts";
import { writeExecutable } from "./support/writeExecutable.ts";

function test(name: string, run: (bench: TestBench) => Promise<void>): void {
  Deno.test(`validateConfiguration: ${name}`, () => TestBench.use(run));
}

const check = (bench: TestBench, env = {}) =>
  validateConfiguration(bench.haproxy, bench.configFile, { env, signal: limit() });

test("a good file", async (bench) => {
  await bench.answer("one");
  assert.deepEqual(await check(bench), { valid: true, messages: [], stage: "start" });
});

test("a good file with warnings", async (bench) => {
  await bench.configure("use_backend b if TRUE\n  http-request deny", { more: "backend b" });
  const { valid, messages } = await check(bench);
  assert.ok(valid);
  assert.deepEqual(messages.map(({ severity, file, line }) => ({ severity, file, line })), [
    { severity: "warning", file: bench.configFile, line: 12 },
  ]);
});

test("every error of a bad file, each with its line", async (bench) => {
  await bench.configure("bogus\n  nonsense");
  const { valid, messages } = await check(bench);
  assert.ok(!valid);
  assert.deepEqual(messages.map(({ severity, file, line }) => ({ severity, file, line })), [
    { severity: "alert", file: bench.configFile, line: 11 },
    { severity: "alert", file: bench.configFile, line: 12 },
  ]);
  assert.match(messages[0]!.message, /^unknown keyword 'bogus' in 'frontend' section/);
});

test("a file that is not there", async (bench) => {
  const { valid, messages } = await check(bench);
  assert.ok(!valid);
  assert.match(messages[0]!.message, /No such file/i);
});

test("the environment reaches the configuration", async (bench) => {
  await bench.configure('.if defined(REFUSE)\n  .alert "refused"\n  .endif');
  assert.ok((await check(bench)).valid);
  assert.ok(!(await check(bench, { REFUSE: "1" })).valid);
});

test("a HAProxy that fails without saying why", async (bench) => {
  const script = "#!/bin/sh\necho 'cannot load libfoo' >&2\nexit 127\n";
  const broken = await writeExecutable(bench.path("broken"), script);
  const options = { env: {}, signal: limit() };
  assert.deepEqual(await validateConfiguration(broken, bench.configFile, options), {
    valid: false,
    messages: [{ severity: "alert", message: "haproxy -c ended with code 127: cannot load libfoo" }],
    stage: "start",
  });
  await assert.rejects(validateConfiguration(bench.path("none"), bench.configFile, options), /ENOENT/);
});

test("a HAProxy that is killed has said nothing of the file, one that crashes has", async (bench) => {
  const options = { env: {}, signal: limit() };
  const killed = await writeExecutable(bench.path("killed"), "#!/bin/sh\nkill -KILL $$\n");
  await assert.rejects(
    validateConfiguration(killed, bench.configFile, options),
    /^Error: \S+killed -c -f \S+haproxy\.cfg was killed by SIGKILL before it had read the file, maybe for want of memory/,
  );
  const crashing = await writeExecutable(bench.path("crashing"), "#!/bin/sh\nkill -SEGV $$\n");
  const { valid, messages } = await validateConfiguration(crashing, bench.configFile, options);
  assert.ok(!valid);
  assert.match(messages[0]!.message, /^haproxy -c was ended by a signal/);
});

test("ends with its signal, and the process too", async (bench) => {
  const stuck = await writeExecutable(bench.path("stuck"), "#!/bin/sh\nread forever\n");
  const stop = new AbortController();
  const checking = validateConfiguration(stuck, bench.configFile, { env: {}, signal: stop.signal });
  await bench.until(() => bench.processes().length > 0);
  stop.abort(new Error("enough"));
  await assert.rejects(checking, /enough/);
  await bench.until(() => bench.processes().length === 0);
});
