import assert from "node:assert/strict";
import { mkdir, readdir, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { DirectoryLocks } from "../../../lib/shell/system/locks.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { end, hold, refused } from "./support/holder.ts";
import { withDirectory } from "./withDirectory.ts";

const alone = { clock: new FakeClock(), patience: 0, signal: new AbortController().signal };

Deno.test("DirectoryLocks: of eight processes that want the same directories at once one gets them, again and again", () =>
  withDirectory(async (root) => {
    const [one, two] = [join(root, "one"), join(root, "two")];
    await Promise.all([mkdir(one), mkdir(two)]);
    for (let round = 0; round < 5; round++) {
      const asked = Array.from({ length: 8 }, (_, index) => index % 2 ? hold(one, two) : hold(two, one));
      const holders = await Promise.all(asked);
      const winners = holders.filter(({ said }) => said === "held");
      assert.equal(winners.length, 1, holders.map(({ said }) => said).join("\n"));
      const { pid } = winners[0]!.process;
      for (const { said } of holders.filter((holder) => holder !== winners[0])) {
        assert.equal(said, refused(pid, one));
      }
      // Those that wait for it and the one that gives it back must not get in each other's way either.
      const late = hold(one);
      for (const holder of holders) await end(holder, round % 2 ? "KILL" : "softly");
      assert.equal((await late).said, "held");
      await end(await late);
    }
  }));

Deno.test("DirectoryLocks: a process that was killed holds nothing, and its process id is of no account", () =>
  withDirectory(async (root) => {
    const killed = await hold(root);
    assert.equal(killed.said, "held");
    await end(killed, "KILL");
    const next = await hold(root);
    assert.equal(next.said, "held");
    await end(next);
  }));

Deno.test("DirectoryLocks: a symbolic link to a directory is that directory, given twice it is taken once", () =>
  withDirectory(async (root) => {
    await mkdir(join(root, "real"));
    await symlink("real", join(root, "link"));
    const holder = await hold(join(root, "link"), join(root, "real"));
    assert.equal(holder.said, "held");
    const other = await hold(join(root, "real"));
    assert.equal(other.said, refused(holder.process.pid, join(root, "real")));
    await Promise.all([end(holder), end(other)]);
  }));

Deno.test("DirectoryLocks: a directory that was removed and made again is taken again, unless another has it", () =>
  withDirectory(async (root) => {
    const directory = join(root, "run");
    await mkdir(directory);
    const locks = await DirectoryLocks.take(new Map([[directory, "--run-dir"]]), alone);
    await locks.renew();
    await rm(directory, { recursive: true });
    await mkdir(directory);
    await locks.renew();
    const refusedOne = await hold(directory);
    assert.equal(refusedOne.said, refused(process.pid, directory));
    await end(refusedOne);

    await rename(directory, `${directory}-moved`);
    await mkdir(directory);
    const other = await hold(directory);
    assert.equal(other.said, "held");
    await assert.rejects(locks.renew(), { message: refused(other.process.pid, directory) });
    await end(other);
    await locks.renew();
    locks.release();
    const next = await hold(directory);
    assert.equal(next.said, "held");
    await end(next);
  }));

Deno.test("DirectoryLocks: the file is for its owner only, and a link in its place is not followed", () =>
  withDirectory(async (root) => {
    const locks = await DirectoryLocks.take(new Map([[root, "--run-dir"]]), alone);
    const file = join(root, ".marathon-lb.lock");
    const { mode, size } = await stat(file);
    assert.deepEqual([mode & 0o777, size], [0o600, 0]);
    locks.release();
    assert.deepEqual(await readdir(root), [], "the file is left");

    await writeFile(join(root, "elsewhere"), "not ours\n");
    await symlink("elsewhere", file);
    await assert.rejects(DirectoryLocks.take(new Map([[root, "--run-dir"]]), alone), {
      message: new RegExp(`^Cannot lock the directory by ${file}: `),
    });
  }));
