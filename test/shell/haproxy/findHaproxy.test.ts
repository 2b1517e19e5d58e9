import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { findHaproxy } from "../../../lib/shell/haproxy/findHaproxy.ts";
import { limit } from "./support/TestBench.ts";
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
    await assert.rejects(find(broken), problem(/broken -v failed/));
  }));

Deno.test("findHaproxy: ends with its signal", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  await assert.rejects(findHaproxy(undefined, { env: process.env, signal }), /enough/);
});
