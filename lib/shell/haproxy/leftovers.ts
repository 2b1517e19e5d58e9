import { existsSync } from "node:fs";
import { readFile, readlink, stat } from "node:fs/promises";
import { resolve } from "node:path";
import process from "node:process";
import { parseShowProc } from "../../core/haproxy/answers.ts";
import { environmentNames } from "../../core/haproxy/luaScripts.ts";
import { socketCommand, toWorker } from "../../core/haproxy/socketCommand.ts";
import type { Logger } from "../log/logger.ts";
import type { Clock } from "../system/clock.ts";
import { type HaproxyCommand, masterSocketWord, ownOutputVariable } from "./master.ts";
import { leftoverMasters, processIdentity, signalHaproxy } from "./processes.ts";
import { pollInterval } from "./reload.ts";
import type { MasterSocket } from "./socket.ts";

/** Milliseconds that a master which runs but is busy with a reload gets to answer. */
const patience = 10_000;

/**
 * The process id of an HAProxy that a killed marathon-lb left behind, and that answers on our master socket. The caller
 * has made sure that no other marathon-lb uses the socket (ControlServer does).
 *
 * @throws {Error} when the HAProxy there cannot be ours
 */
export async function findLeftover(
  socket: MasterSocket,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<number | undefined> {
  const masters = await leftoverMasters(masterSocketWord({ masterSocket: socket.path }));
  const end = clock.monotonic() + (masters.length > 0 ? patience : 0);
  let pid = await askPid(socket, signal);
  // No process can answer on a socket that was removed.
  while (pid === undefined && clock.monotonic() < end && existsSync(socket.path)) {
    await clock.sleep(pollInterval, signal);
    pid = await askPid(socket, signal);
  }
  // The id is of the process's own namespace, and the socket may come from another one by a shared directory.
  if (pid === undefined || masters.includes(pid)) return pid;
  throw new Error(
    `Another HAProxy answers on ${socket.path}: stop it, or use another directory for this one`,
  );
}

async function askPid(socket: MasterSocket, signal: AbortSignal): Promise<number | undefined> {
  const answer = await socket.command(socketCommand`show proc`, signal).catch(() => "");
  signal.throwIfAborted();
  return parseShowProc(answer)?.master.pid;
}

/** How many times, at most, to ask whether one has ended. Its last requests may take longer, and may finish. */
const attempts = 40;

/**
 * Stops, softly, every HAProxy that was started with our master socket and that a killed marathon-lb left behind. It
 * would keep accepting a share of the connections with an old configuration.
 */
export async function stopLeftovers(
  masterSocket: string,
  { clock, logger, signal }: { clock: Clock; logger: Logger; signal: AbortSignal },
): Promise<void> {
  const masters = await leftoverMasters(masterSocketWord({ masterSocket }));
  for (const pid of masters) {
    logger.warning(`HAProxy of an earlier start still runs (process ${pid}): stopping it softly`);
    signalHaproxy(pid, "SIGUSR1");
    // One that is stopped by SIGSTOP would not notice, and accept connections without an answer.
    signalHaproxy(-pid, "SIGCONT");
  }
  const runs = () => masters.some((pid) => processIdentity(pid) !== undefined);
  for (let attempt = 0; attempt < attempts && runs(); attempt++) await clock.sleep(pollInterval, signal);
}

/** What the Lua scripts of every configuration read. */
const ours = ["MARATHON_LB_CONTROL_SOCKET"];

/**
 * Why a reload cannot turn a running HAProxy master into what the command would start, on one line. Undefined when it
 * can. The content of an environment is not logged: it may be secret.
 */
export async function whyNotAdoptable(
  pid: number,
  command: HaproxyCommand,
  socket: MasterSocket,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    return await otherExecutable(pid, command) ?? await otherFile(pid, command) ??
      await otherEnvironment(pid, command) ?? await lowerLimit(pid) ?? await notServing(socket, signal);
  } catch (error) {
    signal.throwIfAborted();
    return (error as Error).message;
  }
}

async function otherExecutable(pid: number, { path }: HaproxyCommand): Promise<string | undefined> {
  // Also for a file that was replaced: the process keeps the old one.
  const [runs, wanted] = await Promise.all([stat(`/proc/${pid}/exe`), stat(path)]);
  return runs.ino === wanted.ino && runs.dev === wanted.dev
    ? undefined
    : `it runs another executable than ${path}`;
}

async function otherFile(pid: number, command: HaproxyCommand): Promise<string | undefined> {
  const words = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0");
  const directory = await readlink(`/proc/${pid}/cwd`);
  const after = (flag: string) => words.flatMap((word, index) => words[index - 1] === flag ? [word] : []);
  const [file, ...more] = after("-f");
  if (more.length > 0 || file === undefined) return "it does not read one configuration file";
  // HAProxy reads its file again from where it was started.
  if (resolve(directory, file) !== resolve(process.cwd(), command.configFile)) return `it reads ${file}`;
  if (!words.includes("-W") || !after("-S").includes(masterSocketWord(command))) {
    return "it was started in another way";
  }
  return undefined;
}

async function otherEnvironment(
  pid: number,
  { configFile, env, ownOutput }: HaproxyCommand,
): Promise<string | undefined> {
  const entries = (await readFile(`/proc/${pid}/environ`, "utf8")).split("\0");
  const runs = new Map(
    entries.map((entry) => [entry.split("=", 1)[0]!, entry.slice(entry.indexOf("=") + 1)]),
  );
  if (ownOutput && !runs.has(ownOutputVariable)) return "its standard output does not lead here";
  // Without the file there is nothing to compare with, and it is written again.
  const text = await readFile(configFile, "utf8").catch(() => "");
  const other = [...ours, ...environmentNames(text)]
    // HAProxy adds variables of its own.
    .filter((name) => env[name] !== undefined || !name.startsWith("HAPROXY_"))
    .find((name) => runs.get(name) !== env[name]);
  return other && `its environment has another ${other}`;
}

async function lowerLimit(pid: number | string): Promise<string | undefined> {
  const limit = async (whose: number | string) =>
    /^Max open files\s+\S+\s+(\S+)/m.exec(await readFile(`/proc/${whose}/limits`, "utf8"))?.[1];
  const [runs, here] = [await limit(pid), await limit("self")];
  return asNumber(runs) < asNumber(here)
    ? `its limit of open files is ${runs} instead of ${here}`
    : undefined;
}

function asNumber(limit = "0"): number {
  return limit === "unlimited" ? Infinity : Number(limit);
}

async function notServing(socket: MasterSocket, signal: AbortSignal): Promise<string | undefined> {
  const info = await socket.command(toWorker("serving", socketCommand`show info`), signal);
  return /^Pid: /m.test(info) && !/^Stopping: 1/m.test(info) ? undefined : "it is stopping";
}
