/** Other processes that take directories. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("holdDirectory.ts", import.meta.url));

export interface Holder {
  readonly process: ChildProcess;
  /** What it says: that it has the directories, or why not. */
  readonly said: string;
}

/** Starts another process that takes the directories. */
export async function hold(...directories: string[]): Promise<Holder> {
  const child = spawn(process.execPath, ["run", "--no-check", "-A", script, ...directories], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [said] = await once(createInterface({ input: child.stdout! }), "line");
  return { process: child, said };
}

/** Ends it, if it has not ended. */
export async function end({ process: child }: Holder, how: "softly" | "KILL" = "softly"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  if (how === "KILL") process.kill(child.pid!, "SIGKILL");
  else child.stdin!.end();
  await once(child, "exit");
}

/** What one says that does not get a directory. */
export const refused = (pid: number | undefined, directory: string) =>
  `Another marathon-lb (process ${pid}) uses ${directory} (--run-dir): stop it, or give this one directories of its own`;
