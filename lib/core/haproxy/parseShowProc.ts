/** One worker process of HAProxy in master-worker mode. */
export interface WorkerProcess {
  pid: number;
  /** How many reloads this worker has outlived; 0 for one that the last reload started. */
  reloads: number;
  /** The HAProxy version the worker runs, which differs from the master's after an upgrade. */
  version: string;
}

/** The processes of one HAProxy in master-worker mode. */
export interface ShowProc {
  master: {
    pid: number;
    /** Reloads since the master was started, failed ones included. */
    reloads: number;
    /** Failed reloads since the last good one. */
    failed: number;
    version: string;
  };
  workers: WorkerProcess[];
  /** Workers of earlier configurations that still serve their last connections. */
  oldWorkers: WorkerProcess[];
}

// PID, type, reloads, uptime, version; newer versions may append columns.
const row = /^(\d+)\s+(\S+)\s+(\d+)(?: \[failed: (\d+)\])?\s+(\S+)\s+(\S+)/;

/**
 * The answer to `show proc` on the master socket (management guide, "Master CLI commands"), from 2.6 on. Undefined when
 * there is no row for the master in it, as in the empty answer of a master that is busy with a reload.
 */
export function parseShowProc(answer: string): ShowProc | undefined {
  let master: ShowProc["master"] | undefined;
  const workers: WorkerProcess[] = [];
  const oldWorkers: WorkerProcess[] = [];
  let section = "";
  for (const line of answer.split("\n")) {
    if (line.startsWith("# ")) section = line.slice(2).trim();
    const match = row.exec(line);
    if (!match) continue;
    const [, pid, type, reloads, failed = "0", , version = ""] = match;
    const process = { pid: Number(pid), reloads: Number(reloads), version };
    if (type === "master") master = { ...process, failed: Number(failed) };
    // `program` sections list processes that are not HAProxy's own.
    else if (type === "worker") (section === "old workers" ? oldWorkers : workers).push(process);
  }
  return master && { master, workers, oldWorkers };
}
