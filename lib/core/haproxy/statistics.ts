import { type SocketCommand, socketCommand } from "./socketCommand.ts";

/** HAProxy's current statistics of a backend or a server. Counters are those of the serving worker. */
export interface StatisticsRow {
  /** The number of the proxy in this worker. It may change at a reload. */
  readonly id: number;
  readonly backend: string;
  /** `BACKEND` for the backend itself. */
  readonly server: string;
  /** As HAProxy writes it: `UP`, `DOWN`, `MAINT`, `no check`. */
  readonly status: string;
  /** The result of the last check, as `L7OK/200`. */
  readonly check?: string;
  /** The answer to the last check, if it failed. */
  readonly said?: string;
  readonly sessions: number;
  /** Sessions since the worker started; of HTTP, each request is one. */
  readonly total: number;
  /** Sessions in the last second. */
  readonly rate: number;
  /** Failed connections, failed answers, and answers with a status of 5xx. */
  readonly errors: number;
  readonly weight: number;
  readonly queue: number;
  /** For a backend: how many of its servers get traffic. */
  readonly active: number;
  /** Seconds since the status changed last. */
  readonly since: number;
}

/** How HAProxy writes the rows of backends and servers in `type`. */
const rowTypes = { backends: 2, servers: 4 } as const;

/**
 * The command for the rows of one backend and its servers (management guide 9.3, "show stat"). It names the backend by
 * number: a frontend may have the same name, and HAProxy then finds only the first.
 */
export function showServers(id: number): SocketCommand {
  return socketCommand`show stat ${id} ${rowTypes.backends + rowTypes.servers} -1`;
}

/** The command for the rows of all backends. */
export function showAllBackends(): SocketCommand {
  return socketCommand`show stat -1 ${rowTypes.backends} -1`;
}

const columns = [
  "pxname",
  "svname",
  "qcur",
  "scur",
  "stot",
  "econ",
  "eresp",
  "status",
  "weight",
  "act",
  "bck",
  "lastchg",
  "iid",
  "rate",
  "check_status",
  "check_code",
  "hrsp_5xx",
  "last_chk",
] as const;

type Column = typeof columns[number];

/**
 * Reads the answer to `show stat` in CSV (management guide 9.1), row by row. Yields nothing for any other answer, such
 * as a message that the backend does not exist. Cuts out only the columns that are used, as an answer may have 10,000
 * rows of 100 columns.
 */
export function* readStatistics(answer: string): Generator<StatisticsRow> {
  if (!answer.startsWith("# ")) return;
  const headEnd = answer.indexOf("\n");
  if (headEnd < 0) return;
  const names = answer.slice(2, headEnd).split(",");
  const wanted = names.map((name) => columns.find((column) => column === name));
  const last = wanted.findLastIndex((name) => name !== undefined);
  let position = headEnd + 1;
  while (position < answer.length) {
    const fields: Partial<Record<Column, string>> = {};
    let index = 0;
    while (position < answer.length && answer[position] !== "\n") {
      const [text, end] = fieldAt(answer, position);
      const name = index <= last ? wanted[index] : undefined;
      if (name !== undefined) fields[name] = text;
      index++;
      position = answer[end] === "," ? end + 1 : end;
      if (index > last) {
        // Quoted texts may contain a line feed, but only behind the last column that is read.
        const lineEnd = answer.indexOf("\n", position);
        position = lineEnd < 0 ? answer.length : lineEnd;
      }
    }
    position++;
    if (fields.pxname && fields.svname) yield rowOf(fields);
  }
}

/** The field at an offset, and the offset behind it. */
function fieldAt(text: string, start: number): [string, number] {
  if (text[start] !== '"') {
    const comma = text.indexOf(",", start);
    const line = text.indexOf("\n", start);
    const end = Math.min(comma < 0 ? text.length : comma, line < 0 ? text.length : line);
    return [text.slice(start, end), end];
  }
  let end = start + 1;
  while (end < text.length && !(text[end] === '"' && text[end + 1] !== '"')) end += text[end] === '"' ? 2 : 1;
  return [text.slice(start + 1, end).replaceAll('""', '"'), end + 1];
}

function rowOf(fields: Partial<Record<Column, string>>): StatisticsRow {
  const number = (name: Column) => Number(fields[name] || 0) || 0;
  const { pxname: backend = "", svname: server = "", status = "", check_status, check_code, last_chk } =
    fields;
  const check = check_status && (check_code ? `${check_status}/${check_code}` : check_status);
  return {
    id: number("iid"),
    backend,
    server,
    status,
    ...check ? { check } : {},
    ...last_chk ? { said: last_chk } : {},
    sessions: number("scur"),
    total: number("stot"),
    rate: number("rate"),
    errors: number("econ") + number("eresp") + number("hrsp_5xx"),
    weight: number("weight"),
    queue: number("qcur"),
    active: number("act") + number("bck"),
    since: number("lastchg"),
  };
}
