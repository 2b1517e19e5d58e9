import { execFile } from "node:child_process";

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
