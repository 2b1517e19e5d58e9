/** Takes the directories that the arguments name and says so, and keeps them until its standard input ends. */
import process from "node:process";
import { text } from "node:stream/consumers";
import { systemClock } from "../../../../lib/shell/system/clock.ts";
import { DirectoryLocks } from "../../../../lib/shell/system/locks.ts";

const directories = new Map(process.argv.slice(2).map((directory) => [directory, "--run-dir"]));
try {
  const options = { clock: systemClock, patience: 2_000, signal: new AbortController().signal };
  const locks = await DirectoryLocks.take(directories, options);
  console.log("held");
  await text(process.stdin);
  locks.release();
} catch (error) {
  console.log((error as Error).message);
  process.exitCode = 1;
}
