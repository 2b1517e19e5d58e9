import { readdir, readFile, readlink } from "node:fs/promises";

/** The TCP ports that these processes listen on, at whatever address; empty where the system has no `/proc`. */
export async function listeningPorts(pids: readonly number[]): Promise<Set<number>> {
  const sockets = new Set((await Promise.all(pids.map(socketsOf))).flat());
  const tables = await Promise.all(["tcp", "tcp6"].map((name) => readIfThere(`/proc/net/${name}`)));
  return new Set(
    tables.flatMap((table) => table.split("\n")).flatMap((line) => {
      // Slot, local address, remote address, state and, after five more, the inode: proc_net(5).
      const fields = line.trim().split(/\s+/);
      const [, local = "", , state] = fields;
      return state === "0A" && sockets.has(fields[9]!)
        ? [parseInt(local.slice(local.indexOf(":") + 1), 16)]
        : [];
    }),
  );
}

/** The inodes of the sockets a process has open. */
async function socketsOf(pid: number): Promise<string[]> {
  const directory = `/proc/${pid}/fd`;
  const names = await readdir(directory).catch(() => []);
  const targets = await Promise.all(names.map((name) => readlink(`${directory}/${name}`).catch(() => "")));
  return targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []);
}

async function readIfThere(path: string): Promise<string> {
  return await readFile(path, "utf8").catch(() => "");
}
