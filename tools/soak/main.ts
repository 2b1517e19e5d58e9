import process from "node:process";
import { fileURLToPath } from "node:url";
import { buildIfOutdated } from "../demo/executable.ts";
import { stopRequests } from "../demo/stop.ts";
import { findProgram, installMissing } from "../install/installMissing.ts";
import { type CommandLine, commandLine } from "./commandLine.ts";
import { describeOutcome, violationsOf } from "./Outcome.ts";
import { soak } from "./soak.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const say = (line: string) => console.log(line);
const options = commandLine().parse().opts<CommandLine>();
const { signal } = stopRequests();
say(`Soaking for ${options.seconds} s with --seed ${options.seed}`);
try {
  await installMissing(["haproxy"], say);
  const executable = await buildIfOutdated(root, say, signal);
  const haproxy = await findProgram("haproxy", process.env.PATH) as string;
  const outcome = await soak({ ...options, executable, haproxy, say, signal });
  for (const line of describeOutcome(outcome)) say(line);
  const violations = violationsOf(outcome, options.memory);
  for (const violation of violations) say(`VIOLATED: ${violation}`);
  say(
    violations.length === 0 ? `Passed, with --seed ${options.seed}` : `Try again with --seed ${options.seed}`,
  );
  process.exitCode = violations.length === 0 ? 0 : 1;
} catch (error) {
  console.error(
    `soak (--seed ${options.seed}): ${error instanceof Error ? error.message : `stopped by ${error}`}`,
  );
  process.exitCode = 1;
}
// Connections that are kept open for the next request would keep the process alive as well.
process.exit();
