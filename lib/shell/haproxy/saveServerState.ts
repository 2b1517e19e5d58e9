import { rename, rm, writeFile } from "node:fs/promises";
import { parseShowProc } from "../../core/haproxy/parseShowProc.ts";
import { withoutOldMaintenance } from "../../core/haproxy/withoutOldMaintenance.ts";
import { withoutServers } from "../../core/haproxy/withoutServers.ts";
import { servingWorker } from "../../core/haproxy/servingWorker.ts";
import type { MasterSocket } from "./MasterSocket.ts";

/** How `show servers state` begins: the version of its format, the only one there is, and the names of its columns. */
const stateBegin = "1\n# be_id";

/**
 * Writes what the worker knows about its servers (health, drain, weights) to `file`, for `server-state-file` to read at
 * the next load. Throws when the worker does not tell; `file` is removed then, because an old state would bring servers
 * back to what they were long ago.
 *
 * @param resting servers to say nothing of, as `backend/server`
 */
export async function saveServerState(
  socket: MasterSocket,
  file: string,
  signal: AbortSignal,
  resting: ReadonlySet<string> = new Set(),
): Promise<void> {
  const staged = `${file}.tmp`;
  try {
    const processes = parseShowProc(await socket.command("show proc", signal));
    const worker = processes && servingWorker(processes);
    if (!worker) throw new Error(`HAProxy's master socket ${socket.path} knows of no worker`);
    const state = await socket.command(`@!${worker.pid} show servers state`, signal);
    if (!state.startsWith(stateBegin)) {
      throw new Error(`HAProxy's worker ${worker.pid} answered no server state but "${state.slice(0, 80)}"`);
    }
    await writeFile(staged, `${withoutOldMaintenance(withoutServers(state, resting))}\n`);
    await rename(staged, file);
  } catch (error) {
    await Promise.all([rm(file, { force: true }), rm(staged, { force: true })]);
    throw error;
  }
}
