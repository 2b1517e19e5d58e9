import { type CheckStage, checkStage } from "../../core/haproxy/checkStage.ts";
import { type CheckMessage, parseCheckOutput } from "../../core/haproxy/parseCheckOutput.ts";
import { runHaproxy, type RunOptions } from "./runHaproxy.ts";

/** What `haproxy -c` thinks of a file. */
export interface Validation {
  valid: boolean;
  /** In HAProxy's order; never empty when the file is not valid, and may hold warnings when it is. */
  messages: CheckMessage[];
  /** How far HAProxy came when the file is not valid. */
  stage: CheckStage;
}

/** Signals by which a process ends itself, so that a file may well be the cause. */
const crashes = new Set(["SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV"]);

/**
 * Has HAProxy at `path` read the configuration `file` without starting it. What it cannot see (a port taken by another
 * process, too few file descriptors) shows only at the start. Throws when HAProxy cannot be run, or is killed while it
 * reads: that says nothing about the file, unlike a crash.
 */
export async function validateConfiguration(
  path: string,
  file: string,
  options: RunOptions,
): Promise<Validation> {
  const { code, signal, stdout, stderr } = await runHaproxy(path, ["-c", "-f", file], options);
  if (signal !== null && !crashes.has(signal)) {
    throw new Error(
      `${path} -c -f ${file} was killed by ${signal} before it had read the file, maybe for want of memory: give it more`,
    );
  }
  const valid = code === 0;
  const messages = parseCheckOutput(stderr);
  const stage = checkStage(stderr);
  if (valid || messages.some(({ severity }) => severity === "alert")) return { valid, messages, stage };
  const said = (stderr + stdout).trim().split("\n").at(-1) || "no output";
  const ending = code === null ? "was ended by a signal" : `ended with code ${code}`;
  const ended: CheckMessage = { severity: "alert", message: `haproxy -c ${ending}: ${said}` };
  return { valid, messages: [...messages, ended], stage };
}
