import { readFile, readlink, stat } from "node:fs/promises";
import { resolve } from "node:path";
import process from "node:process";
import { environmentNames } from "../../core/haproxy/environmentNames.ts";
import { type HaproxyCommand, masterSocketWord } from "./HaproxyCommand.ts";
import type { MasterSocket } from "./MasterSocket.ts";

/** What the Lua scripts of every configuration read. */
const ours = ["MARATHON_LB_CONTROL_SOCKET"];

/**
 * Why a HAProxy master that runs already cannot be reloaded into what the command would start, on one line; undefined
 * when it can. What an environment holds is not told: it may be secret.
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
  { configFile, env }: HaproxyCommand,
): Promise<string | undefined> {
  const entries = (await readFile(`/proc/${pid}/environ`, "utf8")).split("\0");
  const runs = new Map(
    entries.map((entry) => [entry.split("=", 1)[0]!, entry.slice(entry.indexOf("=") + 1)]),
  );
  // Without the file there is nothing to compare with, and it is written anew.
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
  return asNumber(runs) < asNumber(here) ? `it may open ${runs} files only, and not ${here}` : undefined;
}

function asNumber(limit = "0"): number {
  return limit === "unlimited" ? Infinity : Number(limit);
}

async function notServing(socket: MasterSocket, signal: AbortSignal): Promise<string | undefined> {
  const info = await socket.command("@1 show info", signal);
  return /^Pid: /m.test(info) && !/^Stopping: 1/m.test(info) ? undefined : "it is stopping";
}
