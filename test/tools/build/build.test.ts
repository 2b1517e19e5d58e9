import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { findCommit, makeBuildDirectory } from "../../../tools/build/build.ts";

async function withDirectory(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "find-commit-"));
  await test(directory).finally(() => rm(directory, { recursive: true }));
}

Deno.test({
  name: "findCommit: the commit, and whether the files are of it",
  // Without git there is no repository to look at; the next test is for that.
  ignore: spawnSync("git", ["--version"]).status !== 0,
  fn: () =>
    withDirectory(async (directory) => {
      const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
      const git = (...words: string[]) =>
        execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...words], {
          cwd: directory,
          env,
          encoding: "utf8",
        });
      git("init", "--quiet");
      assert.equal(findCommit(directory), "unknown", "there is no commit yet");
      await writeFile(join(directory, "main.ts"), "1\n");
      git("add", ".");
      git("commit", "--quiet", "--message", "one");
      const commit = git("rev-parse", "HEAD").slice(0, 12);
      assert.equal(findCommit(directory), commit);
      await mkdir(join(directory, "inside"));
      assert.equal(
        findCommit(join(directory, "inside")),
        "unknown",
        "a directory of another project's repository",
      );
      await writeFile(join(directory, "inside/new.ts"), "1\n");
      assert.equal(findCommit(directory), `${commit}-dirty`);
    }),
});

Deno.test("findCommit: unknown outside of a repository", () =>
  withDirectory((directory) => {
    assert.equal(findCommit(directory), "unknown");
    return Promise.resolve();
  }));

Deno.test("makeBuildDirectory: what killed builds left goes, what runs and what is no build stays", async () => {
  const dist = await mkdtemp(join(tmpdir(), "make-build-directory-"));
  try {
    const ended = spawn("true");
    await once(ended, "exit");
    const running = `.build-${process.ppid}`;
    for (const name of [`.build-${ended.pid}`, running, "rootfs"]) await mkdir(join(dist, name));
    await writeFile(join(dist, `.build-${ended.pid}`, "marathon-lb"), "");
    await writeFile(join(dist, "marathon-lb"), "");
    const directory = await makeBuildDirectory(dist);
    await writeFile(join(directory, "marathon-lb"), "");
    const expected = [`.build-${process.pid}`, running, "marathon-lb", "rootfs"].sort();
    assert.deepEqual((await readdir(dist)).sort(), expected);
    assert.deepEqual(await readdir(await makeBuildDirectory(dist)), [], "an earlier build's of this process");
    assert.deepEqual(await readdir(await makeBuildDirectory(join(dist, "new"))), []);
  } finally {
    await rm(dist, { recursive: true });
  }
});
