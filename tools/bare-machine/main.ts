/**
 * Proves that the README's two commands work on a machine with nothing but Node.js and npm. It makes such a root file
 * system, and runs the demo and then all tests in it. Where that is impossible, it says so, counts it as failed, and
 * runs the tests here. Ends with one line of counts, as `deno task test` does.
 */
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { stopRequests } from "../demo/stop.ts";
import { add, describeCounts, readSum, type TestCounts } from "../test-all/counts.ts";
import { BareRoot, showAndRead, stdio } from "./BareRoot.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const passed = { passed: 1, failed: 0, skipped: 0 };
const failed = { passed: 0, failed: 1, skipped: 0 };

const { signal } = stopRequests();
try {
  const total = await prove();
  console.log(`\n${describeCounts(total)}`);
  process.exitCode = total.failed === 0 ? 0 : 1;
} catch (error) {
  console.error(`test:bare: ${error instanceof Error ? error.message : `stopped by ${error}`}`);
  process.exitCode = 1;
}
process.exit();

async function prove(): Promise<TestCounts> {
  const [demo, test] = await readmeCommands();
  let root: BareRoot;
  try {
    root = await BareRoot.make(repository, console.log, signal);
  } catch (error) {
    signal.throwIfAborted();
    console.error(`No bare machine, so the tests run on this one: ${(error as Error).message}`);
    const [program = "", ...words] = test;
    const { output } = await showAndRead(spawn(program, words, { cwd: repository, stdio }));
    return add(failed, countsOf(output));
  }
  await using _ = root;
  const shown = await runIn(root, [...demo, "--seconds", "20"]);
  const tested = await runIn(root, test);
  return add(shown.code === 0 ? passed : failed, countsOf(tested.output));
}

async function runIn(root: BareRoot, words: readonly string[]) {
  console.log(`\n--- on a bare machine: ${words.join(" ")}`);
  const { code, output } = await root.run(...words);
  if (code !== 0) console.log(`\n${words.join(" ")} ended with code ${code}`);
  return { code, output };
}

/** What the test command counted; without a line of counts it has failed as a whole. */
function countsOf(output: string): TestCounts {
  return readSum(output) ?? failed;
}

/** Those at the top of the README: the demo, and every test. */
async function readmeCommands(): Promise<[demo: string[], test: string[]]> {
  const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
  return ["demo", "test"].map((task) => {
    const [command] = new RegExp(`^npx -y deno@\\S+ task ${task}$`, "m").exec(readme) ?? [];
    if (command === undefined) throw new Error(`README.md has no command npx -y deno@… task ${task}`);
    return command.split(" ");
  }) as [string[], string[]];
}
