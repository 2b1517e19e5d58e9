import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import {
  describeAlerts,
  describeServerChanges,
  type HaproxySeverity,
  isProxyStopped,
  parseHaproxyLine,
  readServerChange,
  type ServerChange,
} from "../../core/haproxy/messages.ts";
import type { Logger } from "../log/logger.ts";
import { type Clock, settlesWithin, startTimer, systemClock } from "../system/clock.ts";
import { masterPids, processIdentity, signalHaproxy } from "./processes.ts";

/** How a HAProxy master ended. Neither a code nor a signal is known of one that is not our child. */
export interface HaproxyExit {
  code: number | null;
  signal: string | null;
}

/** One HAProxy in master-worker mode: the master process, and by its process group all of its workers. */
export interface HaproxyMaster {
  readonly pid: number;
  /** Resolves when the master has ended, no worker is left and all output that reaches us was handled. */
  readonly exited: Promise<HaproxyExit>;
  /**
   * `SIGUSR1` stops gracefully, `SIGTERM` stops and cuts requests, `SIGUSR2` loads the file again without an answer.
   * Does nothing when the master has ended.
   */
  signal(name: "SIGUSR1" | "SIGUSR2" | "SIGTERM"): void;
  /** Resumes processes that are stopped (SIGSTOP); nothing happens to those that run. */
  resume(): void;
  /** Ends the master and all workers at once. */
  kill(): void;
  /** The master and its workers, old ones that still drain included. */
  pids(): number[];
}

/** How HAProxy is started, and how a running one has to look to count as ours. */
export interface HaproxyCommand {
  /** Path of the executable. */
  path: string;
  /** Path of the master socket, which HAProxy makes, readable by this user only. */
  masterSocket: string;
  configFile: string;
  /** Whether HAProxy inherits our standard output, so that its lines continue after a crash of this process. */
  ownOutput?: boolean;
  /** All of HAProxy's environment. */
  env: Readonly<Record<string, string | undefined>>;
}

/** The word that creates the master socket. It also identifies a process as an HAProxy of this instance. */
export function masterSocketWord({ masterSocket }: Pick<HaproxyCommand, "masterSocket">): string {
  return `${masterSocket},mode,600`;
}

/** In the environment of a HAProxy that inherits our standard output, as its `/proc` entry does not say where that leads. */
export const ownOutputVariable = "MARATHON_LB_OWN_OUTPUT";

/** The words after HAProxy's name. */
export function haproxyWords(command: Pick<HaproxyCommand, "masterSocket" | "configFile">): string[] {
  // `-db` keeps HAProxy in the foreground even when the file says `daemon`.
  return ["-W", "-db", "-S", masterSocketWord(command), "-f", command.configFile];
}

/**
 * Starts HAProxy in the foreground. Throws when the system cannot run it; whether it works shows later.
 *
 * @param onLine called with every line HAProxy or its workers write
 */
export async function spawnMaster(
  command: HaproxyCommand,
  onLine: (line: string) => void,
): Promise<HaproxyMaster> {
  const { path, env, ownOutput } = command;
  // In a process group of its own, HAProxy does not get a terminal's Ctrl-C, which would cut its requests.
  const child = spawn(path, haproxyWords(command), {
    env: { ...env, ...ownOutput ? { [ownOutputVariable]: "1" } : {} },
    detached: true,
    stdio: ["ignore", ownOutput ? "inherit" : "pipe", "pipe"],
  });
  const { pid } = child;
  if (pid !== undefined) return masterOf(child, pid, onLine);
  const [error] = await once(child, "error");
  throw new Error(`HAProxy cannot be started: ${path}: ${error.message}`, { cause: error });
}

function masterOf(child: ChildProcess, pid: number, onLine: (line: string) => void): HaproxyMaster {
  const kill = () => signalHaproxy(-pid, "SIGKILL");
  const outputs = [child.stdout, child.stderr].map((stream) => stream && forwardLines(stream, onLine));
  // Workers end when the master dies, but only once they notice; until then they would accept connections.
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

/** Milliseconds between two looks at whether it still runs: the system tells only parents. */
const watchInterval = 250;
const killInterval = 10;

/**
 * Adopts a HAProxy master that another process started, and that is known to be ours. Its output does not reach us: the
 * pipes ended with the process that started it. HAProxy ignores that (SIGPIPE is off).
 */
export function adoptMaster(pid: number, clock: Clock): HaproxyMaster {
  const kill = () => signalHaproxy(-pid, "SIGKILL");
  return {
    pid,
    exited: untilEnded(pid, clock, kill).then(() => ({ code: null, signal: null })),
    signal: (name) => signalHaproxy(pid, name),
    resume: () => signalHaproxy(-pid, "SIGCONT"),
    kill,
    pids: () => masterPids(pid),
  };
}

async function untilEnded(pid: number, clock: Clock, kill: () => void): Promise<void> {
  const identity = processIdentity(pid);
  let workers = identitiesOf(pid);
  while (identity !== undefined && processIdentity(pid) === identity) {
    workers = identitiesOf(pid);
    await clock.sleep(watchInterval);
  }
  // Workers end when the master dies, but only once they notice; until then they would accept connections.
  kill();
  while ([...workers].some(([worker, identity]) => processIdentity(worker) === identity)) {
    await clock.sleep(killInterval);
  }
}

function identitiesOf(pid: number): ReadonlyMap<number, string> {
  const workers = masterPids(pid).slice(1).map((worker) => [worker, processIdentity(worker)] as const);
  return new Map(workers.flatMap(([worker, identity]) => identity === undefined ? [] : [[worker, identity]]));
}

/** Milliseconds that HAProxy gets to end its requests hard, before it is killed. */
const hardStopTimeout = 2_000;

export interface StopOptions {
  clock: Clock;
  /** Milliseconds that requests under way may take to end. */
  shutdownTimeout: number;
  /** Aborted, nothing is waited for any more. */
  signal: AbortSignal;
}

/**
 * Stops HAProxy: first softly, so that it accepts no new connections and finishes its requests, then hard. Resolves
 * with the way it ended when no process is left.
 */
export async function stopMaster(master: HaproxyMaster, options: StopOptions): Promise<"softly" | "hard"> {
  master.signal("SIGUSR1");
  if (await settlesWithin(master.exited, options.shutdownTimeout, options)) return "softly";
  master.signal("SIGTERM");
  if (!await settlesWithin(master.exited, hardStopTimeout, options)) master.kill();
  await master.exited;
  return "hard";
}

/** A signal that is aborted when HAProxy has ended, with an Error of the message made from how it did. */
export function endedSignal(master: HaproxyMaster, message: (exit: string) => string): AbortSignal {
  const ended = new AbortController();
  master.exited.then((exit) => ended.abort(new Error(message(describeExit(exit)))));
  return ended.signal;
}

/** `exit code 1` or `by signal SIGKILL`. */
export function describeExit({ code, signal }: HaproxyExit): string {
  if (code === null && signal === null) return "exit status unknown: an earlier controller started it";
  return signal === null ? `exit code ${code}` : `killed by ${signal}`;
}

const levels: Record<HaproxySeverity, "error" | "warning" | "info" | "debug"> = {
  alert: "error",
  warning: "warning",
  notice: "info",
  diag: "debug",
};

// Enough for the 50 errors after which HAProxy stops reading a file.
const keptLines = 200;

/** Milliseconds over which changes of servers are summed up. */
const summedUp = 1_000;

/**
 * Reads HAProxy's output line by line and logs each line. It keeps the last ones, because HAProxy 2.6 says nowhere else
 * why a start or a reload failed.
 */
export class HaproxyOutput {
  #kept: string[] = [];
  /** Changes of servers that no line of the log has named yet. */
  #changes: { server: string; change: ServerChange }[] = [];
  #stopTimer: (() => void) | undefined;

  constructor(readonly logger: Logger, private readonly clock: Clock = systemClock) {}

  add(line: string): void {
    // Of ten thousand apps a reload would be twenty thousand lines that say nothing.
    if (line === "" || isProxyStopped(line)) return;
    const parsed = parseHaproxyLine(line);
    const change = parsed && readServerChange(parsed.message);
    if (change) {
      // A line for each server at the level DEBUG, one for all of them above it.
      this.logger.debug(`(${parsed.pid}) ${parsed.message}`);
      this.#changes.push(change);
      this.#stopTimer ??= startTimer(this.clock, summedUp, () => this.flush());
    } else if (parsed) this.logger[levels[parsed.severity]](`(${parsed.pid}) ${parsed.message}`);
    else this.logger.info(line);
    this.#kept = [...this.#kept, line].slice(-keptLines);
  }

  /** Logs the changes of servers that were not logged yet. */
  flush(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    if (this.#changes.length > 0) this.logger.info(describeServerChanges(this.#changes));
    this.#changes = [];
  }

  /** From here on, `failure` tells only of what comes. */
  forget(): void {
    this.#kept = [];
  }

  /** What HAProxy said about why it could not load, on one line. `pid`: only what this process said. */
  failure(pid?: number): string {
    const lines = this.#kept.filter((line) =>
      pid === undefined || (parseHaproxyLine(line)?.pid ?? pid) === pid
    );
    const said = describeAlerts(lines.join("\n"));
    return said || lines.at(-1)?.trim() || "HAProxy gave no reason";
  }
}
