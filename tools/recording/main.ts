/** Records the demo in a terminal of its own, and writes `docs/images/demo.svg`. */
import { Command } from "commander";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { buildIfOutdated } from "../demo/executable.ts";
import { installMissing } from "../install/installMissing.ts";
import { animate } from "./svg.ts";
import { framesOf, withoutPauses, type Written } from "./terminal.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const output = join(root, "docs/images/demo.svg");
const size = { columns: 116, rows: 30 };

new Command("recording").description("Records a real run of the demo as docs/images/demo.svg.").parse(
  process.argv,
);

try {
  await installMissing([{ package: "bsdutils", program: "script" }], console.log);
  // A build that it would begin with is nothing to look at.
  await buildIfOutdated(root, console.log, new AbortController().signal);
  const command = `${readmeCommand()} --seconds 20`;
  const written = withoutPauses([{ at: 0, text: `$ ${command}\r\n` }, ...record(command)], 1000);
  const picture = animate(framesOf(written, size, 500), size, "The demo in a terminal");
  writeFileSync(output, picture);
  console.log(`Wrote ${output} (${(picture.length / 1000).toFixed(0)} kB)`);
} catch (error) {
  console.error(`recording: ${(error as Error).message}`);
  process.exitCode = 1;
}

function readmeCommand(): string {
  const [command] = /^npx -y deno@\S+ task demo$/m.exec(readFileSync(join(root, "README.md"), "utf8")) ?? [];
  if (command === undefined) throw new Error("README.md has no command npx -y deno@… task demo");
  return command;
}

/** What the command writes to a terminal, by script(1). @throws {Error} when it fails */
function record(command: string): Written[] {
  const directory = mkdtempSync(join(tmpdir(), "marathon-lb-recording-"));
  try {
    const [log, timing] = [join(directory, "log"), join(directory, "timing")];
    const inTerminal = `stty columns ${size.columns} rows ${size.rows}; exec ${command}`;
    const words = ["--quiet", "--return", "--log-out", log, "--log-timing", timing, "--command", inTerminal];
    const { status, error } = spawnSync("script", words, {
      cwd: root,
      stdio: ["ignore", "ignore", "inherit"],
    });
    if (status !== 0) {
      throw new Error(`${command} failed: ${error?.message ?? `it ended with code ${status}`}`);
    }
    return readLog(readFileSync(log), readFileSync(timing, "utf8"));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The log begins with a line of script itself. Each line of the times is a pause in seconds and a number of bytes. */
function readLog(log: Uint8Array, timing: string): Written[] {
  const decoder = new TextDecoder();
  let place = log.indexOf("\n".charCodeAt(0)) + 1;
  let at = 0;
  return timing.trim().split("\n").map((line) => {
    const [pause = 0, bytes = 0] = line.split(" ").map(Number);
    at += pause * 1000;
    place += bytes;
    return { at, text: decoder.decode(log.subarray(place - bytes, place), { stream: true }) };
  });
}
