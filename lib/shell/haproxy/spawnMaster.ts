import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { type HaproxyCommand, haproxyWords } from "./HaproxyCommand.ts";
import type { HaproxyMaster } from "./HaproxyMaster.ts";
import { masterPids } from "./masterPids.ts";
import { signalHaproxy } from "./signalHaproxy.ts";

/**
 * Starts HAProxy in the foreground. Throws when the system cannot run it; whether it works shows later.
 *
 * @param onLine called with every line HAProxy or its workers write
 */
export async function spawnMaster(
  command: HaproxyCommand,
  onLine: (line: string) => void,
): Promise<HaproxyMaster> {
  const { path, env } = command;
  // In a process group of its own, HAProxy does not get a terminal's Ctrl-C, which would cut its requests.
  const child = spawn(path, haproxyWords(command), {
    env: { ...env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { pid } = child;
  if (pid !== undefined) return masterOf(child, pid, onLine);
  const [error] = await once(child, "error");
  throw new Error(`HAProxy cannot be started: ${path}: ${error.message}`, { cause: error });
}

function masterOf(child: ChildProcess, pid: number, onLine: (line: string) => void): HaproxyMaster {
  const kill = () => signalHaproxy(-pid, "SIGKILL");
  const outputs = [child.stdout, child.stderr].map((stream) => forwardLines(stream!, onLine));
  // Workers end by themselves when the master dies, but only when they notice; until then they would take connections.
  child.on("exit", kill);
  return {
    pid,
    exited: Promise.all([once(child, "close"), ...outputs]).then(([[code, signal]]) => ({ code, signal })),
    signal: (name) => signalHaproxy(pid, name),
    resume: () => signalHaproxy(-pid, "SIGCONT"),
    kill,
    pids: () => masterPids(pid),
  };
}

async function forwardLines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream })) onLine(line);
}
