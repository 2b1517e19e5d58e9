/** One finding of HAProxy in a configuration. `file` and `line` are there if HAProxy named them. */
export interface CheckMessage {
  severity: HaproxySeverity;
  file?: string;
  /** Counted from 1. */
  line?: number;
  message: string;
}

/** Lines that only announce or summarise findings. */
const summaries = [
  /^haproxy version is /,
  /^path to executable is /,
  /^Error\(s\) found in configuration file/,
  /^Errors? found in configuration/,
  /^Fatal errors? found in configuration/,
  /^Failed to initialize server\(s\) addr\.$/,
  /^Loading (failure|success)/,
];

const location = /^(?:parsing )?\[(.+?):(\d+)\]\s*:\s*(.*)$/is;

/**
 * The findings in what HAProxy wrote to standard error while it read a configuration: `haproxy -c`, a start or a
 * reload. They keep their order; summary lines are left out. Continuation lines of a message ("   | …") are joined to it.
 */
export function parseCheckOutput(output: string): CheckMessage[] {
  const found: { severity: HaproxySeverity; text: string }[] = [];
  for (const line of output.split("\n")) {
    const head = parseHaproxyLine(line);
    const last = found.at(-1);
    if (head) found.push({ severity: head.severity, text: head.message.replace(/^config : /, "").trim() });
    else if (last && /^\s+\S/.test(line)) last.text += ` ${line.replace(/^\s*\|?\s*/, "").trimEnd()}`;
  }
  return found
    .filter(({ text }) => !summaries.some((summary) => summary.test(text)))
    .map(({ severity, text }) => {
      const match = location.exec(text);
      if (!match) return { severity, message: text };
      const [, file, line, message = ""] = match;
      return { severity, file, line: Number(line), message };
    });
}

/** The severities of HAProxy's messages, in lower case. */
export type HaproxySeverity = "alert" | "warning" | "notice" | "diag";

/** One message of HAProxy on standard error. */
export interface HaproxyLine {
  severity: HaproxySeverity;
  /** The process that wrote it: the master or one of its workers. */
  pid: number;
  message: string;
}

const messageLine = /^\[(ALERT|WARNING|NOTICE|DIAG)\s*\]\s*\((\d+)\) : (.*)$/;

/**
 * Splits `[WARNING]  (4590) : text` into its parts. Undefined for anything else, such as the continuation of a message,
 * or a line that the configuration logs to standard output.
 */
export function parseHaproxyLine(line: string): HaproxyLine | undefined {
  const match = messageLine.exec(line);
  if (!match) return undefined;
  const [, severity = "", pid, message = ""] = match;
  return { severity: severity.toLowerCase() as HaproxySeverity, pid: Number(pid), message };
}

/**
 * How HAProxy reports a port for which it lacks permission, with what to do. For Unix sockets, where the directory
 * decides, its message differs.
 */
const forbidden = /cannot bind socket \(Permission denied\)/;
const advice =
  "HAProxy has the privileges of marathon-lb: give that the capability CAP_NET_BIND_SERVICE, or choose " +
  "ports from 1024 on (--http-bind, --https-bind and the like, and HAPROXY_{n}_PORT)";

/** The alerts in HAProxy's messages while it loaded, on one line, with what to do. Empty if there are none. */
export function describeAlerts(output: string): string {
  const alerts = parseCheckOutput(output)
    .filter(({ severity }) => severity === "alert")
    .map(describeCheckMessage);
  return [...alerts, ...alerts.some((alert) => forbidden.test(alert)) ? [advice] : []].join("; ");
}

/** A finding as one line for people: `/path/haproxy.cfg:12: message`. */
export function describeCheckMessage({ file, line, message }: CheckMessage): string {
  return file === undefined ? message : `${file}:${line}: ${message}`;
}

/** Where HAProxy stops in a configuration that it refuses: reading lines, checking sections, or preparing to start. */
export type CheckStage = "parse" | "sections" | "start";

/** Finds the stage in the standard error of `haproxy -c`. */
export function checkStage(output: string): CheckStage {
  if (/Error\(s\) found in configuration file/.test(output)) return "parse";
  return /Fatal errors? found in configuration/.test(output) ? "sections" : "start";
}

const stopped = /^\[\w+\s*\]\s*\(\d+\) : Proxy \S+ stopped \(cumulated conns: /;

/**
 * Whether a line of HAProxy's output reports a frontend or backend that ended with its worker. HAProxy warns so about
 * each of them at each reload.
 */
export function isProxyStopped(line: string): boolean {
  return stopped.test(line);
}

/** The change of a server that was added, drained, removed or found healthy, as at every deployment. */
export type ServerChange = "up" | "in maintenance" | "draining" | "still down";

const server = /^Server (\S+\/\S+) (.*)$/;

/** In the order of attempts. The message of a failed check matches none. */
const changes: readonly [ServerChange, RegExp][] = [
  ["still down", /^is DOWN, changed from server-state/],
  [
    "in maintenance",
    /^(?:is going DOWN for|was DOWN and now enters|was \S+ and now enters|enters) maintenance/,
  ],
  [
    "draining",
    /^(?:is going DRAIN|enters drain|was \S+ and now enters drain|is DRAIN|remains in (?:forced )?drain)/,
  ],
  ["up", /^is (?:UP|READY|going UP|UP\/READY)\b/],
];

/**
 * The change that a line of HAProxy reports, if it is one that deployments cause (`srv_append_status` and its callers
 * in HAProxy's `src/server.c`). Undefined for every other line, also for that of a failed check.
 */
export function readServerChange(message: string): { server: string; change: ServerChange } | undefined {
  const [, name, said = ""] = server.exec(message) ?? [];
  if (name === undefined) return undefined;
  const found = changes.find(([, pattern]) => pattern.test(said));
  return found && { server: name, change: found[0] };
}

/** How many servers a line about several changes names. */
const named = 5;

/** One line for several changes of servers: how many of each, and the first names. */
export function describeServerChanges(
  all: readonly { readonly server: string; readonly change: ServerChange }[],
): string {
  const counts = [...Map.groupBy(all, ({ change }) => change)]
    .map(([change, some]) => `${some.length} ${change}`).join(", ");
  const servers = [...new Set(all.map(({ server }) => server))];
  const more = servers.length > named ? ", …" : "";
  return `Servers changed: ${counts} (${servers.slice(0, named).join(", ")}${more})`;
}

/** How many of HAProxy's messages a log line quotes. */
const shown = 5;

/** The error with HAProxy's reasons to refuse a configuration. */
export function refusal(messages: readonly CheckMessage[], what: string): Error {
  const alerts = messages.filter(({ severity }) => severity === "alert").map(({ line, message }) =>
    line === undefined ? message : `line ${line}: ${message}`
  );
  return new Error(
    `HAProxy refuses ${what}, the running configuration stays: ${alerts.slice(0, shown).join("; ")}`,
  );
}
