import { join } from "node:path";
import process from "node:process";
import type { Style } from "../../lib/core/style.ts";
import { freePorts } from "../harness/freePort.ts";
import { MarathonLb } from "../harness/MarathonLb.ts";

/** Where HAProxy listens, all on 127.0.0.1. */
export interface DemoPorts {
  readonly http: number;
  readonly https: number;
  readonly appId: number;
  readonly admin: number;
  /** Service ports, in the order of the apps. */
  readonly services: readonly number[];
}

/** Finds free ports for HAProxy and for so many services. */
export async function demoPorts(services: number): Promise<DemoPorts> {
  const [http, https, appId, admin, ...rest] = await freePorts(4 + services);
  return { http, https, appId, admin, services: rest } as DemoPorts;
}

/** How the demo and the soak start marathon-lb. */
export interface StartOptions {
  readonly executable: string;
  /** Its current directory, below which it writes everything. */
  readonly directory: string;
  /** Path of the HAProxy to run. */
  readonly haproxy: string;
  readonly marathonUrl: string;
  readonly ports: DemoPorts;
  /** More words for its command line, after its own. */
  readonly flags?: readonly string[];
  /** Gets each line that it writes to standard error. */
  readonly onLine: (line: string) => void;
}

/**
 * Starts a marathon-lb for the demo or the soak.
 *
 * @throws {Error} when it cannot be started
 */
export function startMarathonLb(options: StartOptions): MarathonLb {
  return new MarathonLb([options.executable, ...wordsFor(options)], {
    cwd: options.directory,
    // Our environment may hold flags, so that only the path is passed on. Without HAPROXY_SYSLOGD, HAProxy logs to
    // /dev/log, which containers do not have.
    env: { PATH: process.env.PATH, HAPROXY_SYSLOGD: "true" },
    // The terminal's Ctrl-C does not reach it: the demo stops it in the right order.
    detached: true,
    onLine: options.onLine,
  });
}

/** Its command line: all that it writes goes under the directory, all that it listens on is of this machine. */
function wordsFor({ directory, haproxy, marathonUrl, ports, flags = [] }: StartOptions): string[] {
  const own = {
    "--marathon": marathonUrl,
    "--group": "external",
    "--haproxy-binary": haproxy,
    "--work-dir": join(directory, "work"),
    "--run-dir": join(directory, "run"),
    "--state-dir": join(directory, "state"),
    "--cert-dir": join(directory, "certificates"),
    "--templates-dir": join(directory, "templates"),
    "--http-bind": `127.0.0.1:${ports.http}`,
    "--https-bind": `127.0.0.1:${ports.https}`,
    "--appid-bind": `127.0.0.1:${ports.appId}`,
    "--admin-bind": `127.0.0.1:${ports.admin}`,
    "--shutdown-timeout": "2",
    "--log-format": "json",
  };
  return ["sse", "--health-check", ...Object.entries(own).flat(), ...flags];
}

/**
 * What the demo shows of a line that marathon-lb writes with `--log-format json`: changes it applied, its warnings and
 * errors. Of HAProxy it shows only errors, because HAProxy warns of every server that comes and goes. Undefined for the
 * rest. A line in another form is shown unchanged.
 */
export function describeLogLine(line: string, use: Style): string | undefined {
  const record = parseRecord(line);
  if (!record) return line || undefined;
  const { level, name, message } = record;
  if (name === "haproxy") return level === "error" ? use.failure(`HAProxy: ${message}`) : undefined;
  if (level === "error") return use.failure(`marathon-lb: ${level}: ${message}`);
  if (level === "warning") return use.warning(`marathon-lb: ${level}: ${message}`);
  return /^(?:Applied|Reloaded) /.test(message) ? use.quiet(`marathon-lb: ${message}`) : undefined;
}

function parseRecord(line: string): { level: string; name: string; message: string } | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // Text that happens to begin with a brace.
  }
}

/**
 * Ends the HAProxy that still answers on the demo's own statistics port: one whose marathon-lb was killed.
 *
 * @param admin the port
 */
export async function killLeftoverHaproxy(admin: number): Promise<void> {
  const pids = await fetchText(`http://127.0.0.1:${admin}/_haproxy_getpids`) ?? "";
  for (const pid of pids.match(/\d+/g) ?? []) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

/** The body of an answer of 200 within 2 s, else undefined. */
export async function fetchText(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    const text = await response.text();
    return response.status === 200 ? text : undefined;
  } catch {
    return undefined; // Nothing listens there: HAProxy has ended.
  }
}
