/** One worker process of HAProxy in master-worker mode. */
export interface WorkerProcess {
  pid: number;
  /** How many reloads happened since this worker started; 0 for one that the last reload started. */
  reloads: number;
  /** Seconds since it started; undefined if HAProxy does not report them. */
  seconds?: number;
  /** The HAProxy version of the worker, which differs from the master's after an upgrade. */
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
 * The answer to `show proc` on the master socket (management guide, "Master CLI commands"), from 2.6 on. Undefined
 * without a row for the master, as in the empty answer of a master that is busy with a reload.
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
    const [, pid, type, reloads, failed = "0", uptime, version = ""] = match;
    const seconds = secondsOf(uptime);
    const known = seconds === undefined ? {} : { seconds };
    const process = { pid: Number(pid), reloads: Number(reloads), version, ...known };
    if (type === "master") master = { ...process, failed: Number(failed) };
    // `program` sections list processes that are not HAProxy's own.
    else if (type === "worker") (section === "old workers" ? oldWorkers : workers).push(process);
  }
  return master && { master, workers, oldWorkers };
}

/** A time as `show proc` writes it: `0d00h01m08s`. */
function secondsOf(uptime = ""): number | undefined {
  const [, days, hours, minutes, seconds] = /^(\d+)d(\d+)h(\d+)m(\d+)s$/.exec(uptime) ?? [];
  if (seconds === undefined) return undefined;
  return ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
}

/**
 * The worker that accepts new connections. After a failed reload HAProxy 3.1 and later list it among the old workers:
 * there it is the one with the fewest reloads. Undefined while there is none.
 */
export function servingWorker({ workers, oldWorkers }: ShowProc): WorkerProcess | undefined {
  return [...workers, ...oldWorkers].sort((a, b) => a.reloads - b.reloads)[0];
}

/** HAProxy's answer to `reload`. */
export interface ReloadAnswer {
  success: boolean;
  /** HAProxy's messages while it loaded, in the form of its standard error; may be empty. */
  log: string;
}

/**
 * Reads the answer to `reload` on the master socket of 2.7 and later (management guide, "reload"): `Success=1` or `0`,
 * `--`, log. Undefined for anything else, such as the empty answer of 2.6, which does not contain the outcome.
 */
export function parseReloadAnswer(answer: string): ReloadAnswer | undefined {
  const match = /^Success=([01])\n(?:--\n)?([\s\S]*)$/.exec(answer);
  if (!match) return undefined;
  return { success: match[1] === "1", log: (match[2] ?? "").trim() };
}

/** One server in the answer of a worker. */
export interface ServerState {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly inMaintenance: boolean;
}

/**
 * The bits of `srv_admin_state` that keep traffic away: maintenance, inherited maintenance, and no resolved address.
 */
const maintenance = 0x01 | 0x02 | 0x20;
const needed = ["srv_name", "srv_addr", "srv_admin_state", "srv_port"] as const;

/**
 * Reads the answer to `show servers state BACKEND` (management guide), version 1 of its format. Undefined when it is
 * anything else, such as a message that the backend does not exist.
 */
export function parseServersState(answer: string): ServerState[] | undefined {
  const [version, columns = "", ...rows] = answer.trim().split("\n");
  const names = columns.split(" ").slice(1);
  const [name, address, admin, port] = needed.map((column) => names.indexOf(column));
  if (version !== "1" || [name, address, admin, port].includes(-1)) return undefined;
  return rows.filter((row) => row.trim() !== "").map((row) => {
    const fields = row.split(" ");
    return {
      name: fields[name!] ?? "",
      address: fields[address!] ?? "",
      port: Number(fields[port!]),
      inMaintenance: (Number(fields[admin!]) & maintenance) !== 0,
    };
  });
}

/**
 * Splits the answers of one worker in an interactive session on the master socket. Each ends with the prompt, which is
 * the worker's process id (management guide, "Master CLI"). Marks of the connection's modes may follow it in brackets. A
 * command that sets one answers nothing at all, so it has to be the first. The last answer may be incomplete.
 *
 * @param output everything since `prompt` and `@1` were sent; undefined before the worker's first prompt
 */
export function splitPromptAnswers(output: string): string[] | undefined {
  const first = /(?:^|\s)(\d+)> /.exec(output);
  if (!first) return undefined;
  const answers = output.slice(first.index + first[0].length).split(
    new RegExp(`(?:^|\\n)${first[1]}(?:\\([a-z]+\\))?> `),
  );
  return answers.map((answer) => answer.trim());
}

/**
 * The answer to `show servers state` (management guide) without some servers.
 *
 * @param without `backend/server`
 */
export function withoutServers(state: string, without: ReadonlySet<string>): string {
  if (without.size === 0) return state;
  const lines = state.split("\n");
  const names = lines[1]?.split(" ").slice(1) ?? [];
  const [backend, server] = [names.indexOf("be_name"), names.indexOf("srv_name")];
  return lines.filter((line, index) => {
    if (index < 2) return true;
    const fields = line.split(" ");
    return !without.has(`${fields[backend]}/${fields[server]}`);
  }).join("\n");
}

/**
 * The bits for maintenance by the file when it was loaded (`SRV_ADMF_CMAINT`), and for maintenance by a command or the
 * file.
 */
const [byFile, now] = [0x04, 0x01];

/**
 * Rewrites the answer to `show servers state` (management guide) so that servers enabled at run time look like any
 * others. Otherwise HAProxy would enable them again, even where the next file has them in maintenance.
 */
export function withoutOldMaintenance(state: string): string {
  const lines = state.split("\n");
  const admin = (lines[1]?.split(" ").slice(1) ?? []).indexOf("srv_admin_state");
  return lines.map((line, index) => {
    if (index < 2 || admin < 0) return line;
    const fields = line.split(" ");
    const flags = Number(fields[admin]);
    return (flags & (byFile | now)) === byFile ? fields.with(admin, String(flags & ~byFile)).join(" ") : line;
  }).join("\n");
}
