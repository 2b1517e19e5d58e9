import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../../main.ts", import.meta.url));
/** What the runtime and `haproxy` need to be found; nothing else of the tests' environment goes to the program. */
const inherited = ["PATH", "HOME", "DENO_DIR", "TMPDIR", "XDG_CACHE_HOME"];

/** How a run of the program ended. */
export interface MainResult {
  readonly code: number | null;
  readonly stdout: string;
  /** Standard error, line by line. */
  readonly lines: readonly string[];
}

export interface RunningMain {
  readonly pid: number;
  /** Standard output and error can be read as they come. */
  readonly child: ChildProcess;
  readonly ended: Promise<MainResult>;
}

/** Starts the program in a process of its own, in `directory`. */
export function startMain(
  directory: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): RunningMain {
  const kept = inherited.flatMap((name) =>
    process.env[name] === undefined ? [] : [[name, process.env[name]]]
  );
  const child = spawn(process.execPath, ["run", "-A", "--frozen", "--cached-only", main, ...words], {
    cwd: directory,
    // The tests' lines do not belong into the log of the machine that they run on.
    env: { ...Object.fromEntries(kept), MARATHON_LB_SYSLOG_SOCKET: "/dev/null", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = Promise.all([once(child, "exit"), text(child.stdout), text(child.stderr)]).then(
    ([[code], stdout, stderr]) => ({ code, stdout, lines: stderr.split("\n").filter((line) => line !== "") }),
  );
  return { pid: child.pid!, child, ended };
}

/** Runs the program to its end. */
export function runMain(...given: Parameters<typeof startMain>): Promise<MainResult> {
  return startMain(...given).ended;
}
