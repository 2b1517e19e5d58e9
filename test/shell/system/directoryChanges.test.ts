import assert from "node:assert/strict";
import { mkdir, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { systemClock } from "../../../lib/shell/system/clock.ts";
import { DirectoryChanges } from "../../../lib/shell/system/directoryChanges.ts";
import { DirectoryLocks, lockFileName } from "../../../lib/shell/system/locks.ts";
import { deadline } from "../../../tools/harness/eventually.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { hold, refused } from "./support/holder.ts";
import { withDirectory } from "./withDirectory.ts";

const forever = new AbortController().signal;
const alone = { clock: new FakeClock(), patience: 0, signal: forever };

/** What may happen in a directory that holds the file `one` and the link `link`. */
const happenings: Readonly<Record<string, (directory: string) => Promise<void>>> = {
  "a file comes": (directory) => writeFile(join(directory, "two"), "2"),
  "a file goes": (directory) => rm(join(directory, "one")),
  "a file gets another content of the same size": (directory) => writeFile(join(directory, "one"), "!"),
  "a file is replaced by one of the same size and time": async (directory) => {
    await writeFile(join(directory, "..", "new"), "!");
    await utimes(join(directory, "..", "new"), 1, 1);
    await rename(join(directory, "..", "new"), join(directory, "one"));
  },
  "a link leads elsewhere": async (directory) => {
    await symlink("elsewhere", join(directory, "new"));
    await rename(join(directory, "new"), join(directory, "link"));
  },
};

for (const [what, happen] of Object.entries(happenings)) {
  for (const locked of [false, true]) {
    Deno.test(`DirectoryChanges: ${what}${locked ? ", in a directory with our lock" : ""}`, () =>
      withDirectory(async (root) => {
        const directory = join(root, "watched");
        await mkdir(directory);
        await writeFile(join(directory, "one"), "1");
        await utimes(join(directory, "one"), 1, 1);
        await symlink("one", join(directory, "link"));
        const directories = new Map(locked ? [[directory, "--cert-dir"]] : []);
        const locks = await DirectoryLocks.take(directories, alone);
        using changes = await DirectoryChanges.watch([join(directory, "one")], []);
        await happen(directory);
        assert.equal(await changes.within(deadline, systemClock, forever), "changed");
        locks.release();
      }));
  }
}

Deno.test("DirectoryChanges: what it looks at keeps its lock, also when the lock's own file changes", () =>
  withDirectory(async (directory) => {
    const locks = await DirectoryLocks.take(new Map([[directory, "--run-dir"]]), alone);
    using changes = await DirectoryChanges.watch([], [directory]);
    await utimes(join(directory, lockFileName), 1, 1);
    await writeFile(join(directory, "one"), "1");
    assert.equal(await changes.within(deadline, systemClock, forever), "changed");
    assert.equal((await hold(directory)).said, refused(process.pid, directory));
    locks.release();
  }));

Deno.test("DirectoryChanges: without a change it waits for the whole time", () =>
  withDirectory(async (directory) => {
    const locks = await DirectoryLocks.take(new Map([[directory, "--run-dir"]]), alone);
    using changes = await DirectoryChanges.watch([join(directory, "one")], [directory]);
    await utimes(join(directory, lockFileName), 1, 1);
    const clock = new FakeClock();
    const waited = changes.within(60_000, clock, forever);
    await clock.advance(60_000);
    assert.equal(await waited, "unchanged");
    locks.release();
  }));
