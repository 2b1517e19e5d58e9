import { execFile } from "node:child_process";
import { resolve } from "node:path";
import {
  type CheckMessage,
  type CheckStage,
  checkStage,
  parseCheckOutput,
} from "../../core/haproxy/messages.ts";
import {
  type HaproxyVersion,
  hasTrait,
  isBuiltWith,
  oldestSupported,
  parseHaproxyVersion,
  parseHashSchemes,
} from "../../core/haproxy/versions.ts";
import type { HashScheme } from "../../core/labels/auth.ts";
import { type Clock, withDeadline } from "../system/clock.ts";
import { findOnPath, whyNotExecutable } from "../system/files.ts";

/** A HAProxy that can be used. */
export interface HaproxyBinary {
  /** Absolute path of the executable. */
  path: string;
  version: HaproxyVersion;
  /** The schemes of crypted passwords that it can check; undefined where it does not say. */
  hashSchemes: ReadonlySet<HashScheme> | undefined;
  /** Whether it can speak HTTP/3. */
  quic: boolean;
}

const advice =
  `install HAProxy ${oldestSupported} or later (Debian: apt-get install haproxy) or name one with --haproxy-binary`;

/**
 * Finds HAProxy on the PATH of `options.env`: `binary` (`--haproxy-binary`, a path or a name to look for), else
 * `haproxy`.
 *
 * @throws {Error} of one line that says what to do when it is missing, cannot be executed or is too old
 */
export async function findHaproxy(binary: string | undefined, options: RunOptions): Promise<HaproxyBinary> {
  const path = await locate(binary ?? "haproxy", options.env.PATH ?? "");
  const build = await askForBuild(path, options);
  const { version } = build;
  if (!hasTrait(version, "supported")) {
    throw new Error(
      `HAProxy ${version.text} at ${path} is too old, ${oldestSupported} or later is needed: ${advice}`,
    );
  }
  return { path, ...build };
}

async function locate(binary: string, searchPath: string): Promise<string> {
  if (binary.includes("/")) {
    const problem = await whyNotExecutable(binary);
    if (problem) throw new Error(`HAProxy cannot be run: ${binary} ${problem}; ${advice}`);
    return resolve(binary);
  }
  const found = await findOnPath(binary, searchPath);
  if (found !== undefined) return found;
  throw new Error(`HAProxy was not found: no executable ${binary} on PATH (${searchPath}); ${advice}`);
}

async function askForBuild(path: string, options: RunOptions): Promise<Omit<HaproxyBinary, "path">> {
  const { stdout, stderr } = await runHaproxy(path, ["-vv"], options).catch((error: Error) => {
    options.signal.throwIfAborted();
    throw new Error(`HAProxy cannot be run: ${path} -vv failed (${error.message}); ${advice}`);
  });
  const version = parseHaproxyVersion(stdout);
  if (version) return { version, hashSchemes: parseHashSchemes(stdout), quic: isBuiltWith(stdout, "QUIC") };
  const said = (stdout + stderr).trim().split("\n")[0] || "nothing";
  throw new Error(`${path} is not HAProxy: its -vv printed no version but "${said}"; ${advice}`);
}

/** How one short run of the HAProxy executable ended. */
export interface HaproxyRun {
  /** Exit code; null when a signal ended it. */
  code: number | null;
  /** The signal that ended it; null when none did. */
  signal: string | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** Ends the process when aborted; the promise then rejects with its reason. */
  signal: AbortSignal;
}

// Far above what `haproxy -c` says about a file in which every line is wrong.
const maxBuffer = 64 * 1024 * 1024;

/** Runs HAProxy to its end, without a shell. Throws the system's error when it cannot be started. */
export function runHaproxy(
  path: string,
  args: readonly string[],
  { env, signal }: RunOptions,
): Promise<HaproxyRun> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    execFile(
      path,
      args,
      { env: { ...env }, signal, maxBuffer, killSignal: "SIGKILL" },
      (error, stdout, stderr) => {
        if (signal.aborted) return reject(signal.reason);
        // Without an exit code and a signal it did not run (ENOENT; Deno knows no code for ETXTBSY).
        if (error && typeof error.code !== "number" && !error.signal) return reject(error);
        const code = error ? (error.code as number | undefined) ?? null : 0;
        resolve({ code, signal: error?.signal ?? null, stdout, stderr });
      },
    );
  });
}

/** What `haproxy -c` thinks of a file. */
export interface Validation {
  valid: boolean;
  /** In HAProxy's order; never empty when the file is not valid, and may hold warnings when it is. */
  messages: CheckMessage[];
  /** How far HAProxy came when the file is not valid. */
  stage: CheckStage;
  /** Set when it was ended because it took too long: HAProxy has said nothing of the file then. */
  endless?: true;
}

/**
 * How long a check may take: `full` is the limit of every check, `short` the limit while changes of other services
 * wait.
 */
export type Haste = "short" | "full";

/** What `haproxy -c` says of a file, within the time of a full check by default. */
export type Validate = (file: string, signal: AbortSignal, haste?: Haste) => Promise<Validation>;

/** Signals by which a process ends itself, so that a file may well be the cause. */
const crashes = new Set(["SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV"]);

/**
 * Has HAProxy at `path` read the configuration `file` without starting it. Some faults show only at the start: a port
 * taken by another process, too few file descriptors.
 *
 * @throws {Error} when HAProxy cannot be run, or is killed while it reads: unlike a crash, that says nothing about the
 * file
 */
export async function validateConfiguration(
  path: string,
  file: string,
  options: RunOptions,
): Promise<Validation> {
  const { code, signal, stdout, stderr } = await runHaproxy(path, ["-c", "-f", file], options);
  if (signal !== null && !crashes.has(signal)) {
    throw new Error(
      `${path} -c -f ${file} was killed by ${signal} before it read the file, perhaps for lack of memory; raise the memory limit`,
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

export interface CheckOptions {
  /** Path of HAProxy. */
  readonly haproxy: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

/** Milliseconds that a check may take beside what the longest good one took. */
const bound = 10_000;
/**
 * Milliseconds of good checks that count, so that files which take longer and longer to read cannot raise the bound for
 * ever.
 */
const longestCounted = 50_000;
/**
 * Milliseconds that a check may take while changes of other services wait, in addition to twice the longest good one.
 */
const shortBound = 3_000;
/** Milliseconds of that. */
const longestWaited = 10_000;

/**
 * Makes the function that has HAProxy check files. A check can hang, as with a device or a pipe in place of a file. It
 * is then ended and the file counts as refused, with a message of ours instead of HAProxy's.
 */
export function createCheck(
  { haproxy, env, clock }: CheckOptions,
): (file: string, signal: AbortSignal, haste?: "short" | "full") => Promise<Validation> {
  let longest = 0;
  return async (file, signal, haste = "full") => {
    const milliseconds = haste === "full"
      ? bound + longest
      : shortBound + Math.min(2 * longest, longestWaited);
    const tooLong =
      `haproxy -c did not end within ${(milliseconds / 1000).toFixed(1)} s, perhaps because of a file ` +
      "without an end, such as a device or a pipe; check the files that the configuration names";
    const began = clock.monotonic();
    try {
      const deadline = { clock, milliseconds, signal, message: tooLong };
      const validation = await withDeadline(
        deadline,
        (signal) => validateConfiguration(haproxy, file, { env, signal }),
      );
      const took = clock.monotonic() - began;
      if (validation.valid) longest = Math.min(longestCounted, Math.max(longest, took));
      return validation;
    } catch (error) {
      if ((error as Error).message !== tooLong) throw error;
      const messages = [{ severity: "alert" as const, message: tooLong }];
      return { valid: false, messages, stage: "parse", endless: true };
    }
  };
}
