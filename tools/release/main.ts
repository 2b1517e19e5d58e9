/** Makes everything that a release has, in `dist/release`. */
import { Command } from "commander";
import { spawnSync } from "node:child_process";
import { relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { version } from "../../lib/core/version.ts";
import { targets } from "../build/targets.ts";
import { stopRequests } from "../demo/stop.ts";
import { installMissing } from "../install/installMissing.ts";
import { describeRelease, makeRelease } from "./release.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const output = `${root}dist/release`;

new Command("release")
  .description(
    "Makes the files of a release in dist/release: executables, Debian packages, the image, and what describes them. " +
      "Their time is $SOURCE_DATE_EPOCH, or that of the commit. The exit code is 1 where one is missing that this " +
      "machine should make.",
  )
  .parse(process.argv);

const { signal } = stopRequests();
try {
  await installMissing([{ package: "binutils", program: "strip" }], console.log);
  await installForeignStrip();
  const commit = git("status", "--porcelain") === "" ? git("rev-parse", "HEAD") : undefined;
  const made = await makeRelease({ root, output, commit, time: timeOfSources(), say: console.log, signal });
  console.log(
    `\nmarathon-lb ${version} in ${relative(process.cwd(), output)}, of commit ${commit ?? "unknown"}:`,
  );
  for (const line of describeRelease(made)) console.log(line);
  process.exitCode = made.some((one) => "missing" in one && !one.isForOthers) ? 1 : 0;
} catch (error) {
  console.error(`release: ${error instanceof Error ? error.message : `stopped by ${error}`}`);
  process.exitCode = 1;
}
// What listens for signals would keep the process alive.
process.exit();

/** Without it an executable for another machine has its symbols, and is 16 MB larger. */
async function installForeignStrip(): Promise<void> {
  for (const { name, arch } of targets) {
    if (arch === process.arch) continue;
    const needed = {
      package: `binutils-${name.replace("_", "-")}-linux-gnu`,
      program: `${name}-linux-gnu-strip`,
    };
    await installMissing([needed], console.log).catch((error: Error) =>
      console.log(`The executable for ${name} keeps its symbols: ${error.message}`)
    );
  }
}

function git(...words: string[]): string | undefined {
  const { status, stdout } = spawnSync("git", words, { cwd: root, encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/** In seconds since 1970. See https://reproducible-builds.org/specs/source-date-epoch/ */
function timeOfSources(): number {
  const text = process.env.SOURCE_DATE_EPOCH ?? git("log", "-1", "--format=%ct") ?? "";
  if (/^\d+$/.test(text)) return Number(text);
  throw new Error(
    `The time of the sources is not known ("${text}"): set SOURCE_DATE_EPOCH, in seconds since 1970`,
  );
}
