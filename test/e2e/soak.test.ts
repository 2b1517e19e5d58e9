import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import process from "node:process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { withDirectory } from "../shell/system/withDirectory.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import { processesNaming } from "./support/processesNaming.ts";

/**
 * Short, so that it is still warming up at the first measurement: with more memory to spare than `deno task soak`. A
 * measurement lasts longer than Marathon keeps the connections on which several apps were asked for at once.
 */
const short = ["--seconds", "14", "--warm-up", "4", "--measure", "6", "--pause", "0.2", "--grace", "5"];
const memory = ["--memory", "48"];

/** Runs the tool in the repository, with its temporary files under `directory`; nothing may be left of it. */
async function soak(directory: string, ...words: string[]): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, ["run", "-A", "tools/soak/main.ts", ...short, ...memory, ...words], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    env: { ...process.env, TMPDIR: directory, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  assert.deepEqual(processesNaming(directory), [], "processes were left behind");
  assert.deepEqual(await readdir(directory), []);
  return { code, said: output + errors };
}

const commandLine = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");

Deno.test("a short soak loses no request and leaks nothing", () =>
  withDirectory(async (directory) => {
    const { code, said } = await soak(directory, "--kills", "0");
    // With its seed, for another time.
    assert.equal(code, 0, said);
    assert.match(said, /^Requests: [1-9]\d* answered, 0 failed, and 0 failed because HAProxy was killed$/m);
    assert.match(said, /^Passed, with --seed \d+$/m);
  }));

Deno.test("a soak in which HAProxy is killed counts those requests apart, and leaks nothing", () =>
  withDirectory(async (directory) => {
    const { code, said } = await soak(directory, "--kills", "100", "--pause", "4");
    assert.equal(code, 0, said);
    assert.match(said, /^Acts: HAProxy killed \d+$/m);
  }));

Deno.test("a soak ends with 1 when marathon-lb exits unexpectedly, and leaves nothing behind", () =>
  withDirectory(async (directory) => {
    const ended = soak(directory);
    const marathonLb = await eventually(() => {
      const pid = processesNaming(directory).find((pid) => /\bsse\b/.test(commandLine(pid)));
      return pid ?? assert.fail("marathon-lb does not run yet");
    });
    process.kill(marathonLb, "SIGKILL");
    const { code, said } = await ended;
    assert.equal(code, 1, said);
    assert.match(said, /^soak \(--seed \d+\): marathon-lb ended by itself, by SIGKILL/m);
  }));
