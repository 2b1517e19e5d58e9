import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { findHaproxy, validateConfiguration } from "../../../lib/shell/haproxy/binary.ts";
import { limit, TestBench } from "./support/TestBench.ts";
import { writeExecutable } from "./support/writeExecutable.ts";

async function withDirectory(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "find-haproxy-"));
  await test(directory).finally(() => rm(directory, { recursive: true }));
}

/** An executable that prints this whatever it is asked. */
const fake = (path: string, prints: string, mode?: string) =>
  writeExecutable(path, `#!/bin/sh\necho '${prints}'\n`, mode);

const find = (binary: string | undefined, PATH = "") =>
  findHaproxy(binary, { env: { PATH }, signal: limit() });

/** One line that says what to do, besides what it must match. */
const problem = (pattern: RegExp) => ({ message }: Error) => {
  assert.match(message, pattern);
  assert.doesNotMatch(message, /\n/);
  assert.match(message, /apt-get install haproxy/);
  assert.match(message, /--haproxy-binary/);
  return true;
};

Deno.test("findHaproxy: the installed one, on PATH", async () => {
  const { path, version } = await find(undefined, process.env.PATH);
  assert.match(path, /^\/.*haproxy$/);
  assert.ok(version.major >= 2);
});

Deno.test("findHaproxy: the first executable on PATH", () =>
  withDirectory(async (directory) => {
    const [first = "", second = "", third = ""] = ["1", "2", "3"].map((name) => join(directory, name));
    for (const name of [first, second, third]) await mkdir(name);
    await fake(join(first, "haproxy"), "HAProxy version 2.9.0", "644");
    await fake(join(second, "haproxy"), "HAProxy version 3.0.1-x");
    await fake(join(third, "haproxy"), "HAProxy version 3.1.0");
    const { path, version } = await find(undefined, `/no/such/directory:${first}::${second}:${third}`);
    assert.equal(path, join(second, "haproxy"));
    assert.equal(version.text, "3.0.1-x");
  }));

Deno.test("findHaproxy: the one that is named, by path or by name", () =>
  withDirectory(async (directory) => {
    const path = await fake(join(directory, "my-haproxy"), "HAProxy version 2.8.3");
    assert.equal((await find(path)).path, path);
    assert.equal((await find("my-haproxy", directory)).path, path);
  }));

Deno.test("findHaproxy: which password schemes it can check, where its build shows them", () =>
  withDirectory(async (directory) => {
    const version = "HAProxy version 2.8.3";
    const known = async (build: string) => {
      const path = await fake(join(directory, "haproxy"), `${version}\n${build}`);
      const { hashSchemes } = await find(path);
      return hashSchemes && [...hashSchemes].sort();
    };
    assert.deepEqual(await known("Encrypted password support via crypt(3): no"), []);
    assert.ok((await known("  TARGET  = linux-musl"))?.includes("sha512crypt"));
    assert.equal(
      await known("  TARGET  = linux-glibc\nEncrypted password support via crypt(3): yes"),
      undefined,
    );
  }));

Deno.test("findHaproxy: not installed", () =>
  withDirectory(async (directory) => {
    await assert.rejects(
      find(undefined, directory),
      problem(/^HAProxy was not found: no executable haproxy on PATH/),
    );
    const missing = join(directory, "haproxy");
    await assert.rejects(find(missing), problem(/^HAProxy cannot be run: \S+\/haproxy does not exist/));
    await assert.rejects(find(`${directory}/`), problem(/is not a file/));
  }));

Deno.test("findHaproxy: not executable", () =>
  withDirectory(async (directory) => {
    const path = await fake(join(directory, "haproxy"), "HAProxy version 2.8.3", "644");
    await assert.rejects(find(path), problem(/\/haproxy is not executable/));
  }));

Deno.test("findHaproxy: too old", () =>
  withDirectory(async (directory) => {
    const path = await fake(join(directory, "haproxy"), "HAProxy version 2.4.22-0ubuntu0.22.04.2 2023/08/14");
    await assert.rejects(
      find(path),
      problem(/^HAProxy 2\.4\.22-0ubuntu0\.22\.04\.2 at .* too old, 2\.6 or later/),
    );
  }));

Deno.test("findHaproxy: another program, or one that cannot run", () =>
  withDirectory(async (directory) => {
    const other = await fake(join(directory, "other"), "GNU bash, version 5.2");
    await assert.rejects(find(other), problem(/other is not HAProxy: .* "GNU bash, version 5\.2"/));
    const broken = await writeExecutable(join(directory, "broken"), "#!/no/such/interpreter\n");
    await assert.rejects(find(broken), problem(/broken -vv failed/));
  }));

Deno.test("findHaproxy: ends with its signal", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  await assert.rejects(findHaproxy(undefined, { env: process.env, signal }), /enough/);
});

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
    /^Error: \S+killed -c -f \S+haproxy\.cfg was killed by SIGKILL before it read the file, perhaps for lack of memory; raise the memory limit/,
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
