import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import {
  parseReloadAnswer,
  parseShowProc,
  servingWorker,
  type ShowProc,
  withoutOldMaintenance,
  withoutServers,
} from "../../core/haproxy/answers.ts";
import { describeAlerts } from "../../core/haproxy/messages.ts";
import { type SocketCommand, socketCommand, toWorker } from "../../core/haproxy/socketCommand.ts";
import { isReloadUnderWay } from "../../core/haproxy/versions.ts";
import type { Logger } from "../log/logger.ts";
import { type Clock, withDeadline } from "../system/clock.ts";
import { makeDirectory, replaceFile } from "../system/files.ts";
import { type CounterHandover, endHandover, saveCounters } from "./counters.ts";
import { endedSignal, type HaproxyMaster, type HaproxyOutput } from "./master.ts";
import { stoppedProcesses } from "./processes.ts";
import type { MasterSocket } from "./socket.ts";

/** How a reload went; the time is from the request to HAProxy until its result. */
export type ReloadResult =
  | { ok: true; milliseconds: number }
  | {
    ok: false;
    reason: string;
    milliseconds: number;
    /** HAProxy does not run: it reads the files on disk when it is started next. */
    down?: true;
  };

export interface ReloadOptions {
  socket: MasterSocket;
  /** Where the master's output goes. */
  output: HaproxyOutput;
  logger: Logger;
  clock: Clock;
  /** Milliseconds that HAProxy may take. */
  timeout: number;
  serverStateFile?: string;
  /** The `stats-file` of the configuration: counters survive the reload where given. */
  countersFile?: string;
  /** Servers whose state does not count any more, as `backend/server`. */
  resting?: ReadonlySet<string>;
  /** Aborted, the reload is not waited for any more. */
  signal: AbortSignal;
}

/**
 * Makes HAProxy load its file again, and keeps the state and the counters where files for them are given. Never rejects.
 */
export async function reloadMaster(master: HaproxyMaster, options: ReloadOptions): Promise<ReloadResult> {
  const { countersFile: file } = options;
  const handover = file === undefined ? undefined : { ...options, file };
  const result = await load(master, options, handover);
  if (handover) await endHandover(handover, result.ok, options.signal);
  return result;
}

async function load(
  master: HaproxyMaster,
  options: ReloadOptions,
  handover: CounterHandover | undefined,
): Promise<ReloadResult> {
  const { socket, output, clock, timeout, logger } = options;
  const ended = endedSignal(
    master,
    (exit) => `HAProxy ended during the reload, ${exit}: ${output.failure()}`,
  );
  const signal = AbortSignal.any([ended, options.signal]);
  let begin = clock.monotonic();
  const since = () => clock.monotonic() - begin;
  try {
    if (!existsSync(socket.path)) {
      logger.warning(`HAProxy's master socket ${socket.path} is gone: signalling HAProxy to open it again`);
      const message = `HAProxy did not open ${socket.path} again within ${timeout} ms`;
      await withDeadline(
        { clock, milliseconds: timeout, signal, message },
        async (signal) => {
          await remakeMasterSocket(master, { path: socket.path, clock, signal });
          await untilAnswering(socket, clock, signal);
        },
      );
    }
    await saveState(master, { ...options, signal });
    // Last, as what is counted from here on is lost.
    if (handover) await saveCounters(handover, signal);
    output.forget();
    begin = clock.monotonic();
    const outcome = await requestReload({ socket, clock, timeout, signal });
    const milliseconds = since();
    if (outcome.ok) return { ok: true, milliseconds };
    if (outcome.reason) return { ok: false, reason: outcome.reason, milliseconds };
    // HAProxy wrote the reason before it counted the reload as failed, so the pipe holds it already.
    await clock.sleep(pollInterval, signal);
    return { ok: false, reason: output.failure(master.pid), milliseconds };
  } catch (error) {
    return { ok: false, reason: (error as Error).message + stoppedOf(master), milliseconds: since() };
  }
}

/** Names processes that are stopped: they may be why there was no answer. */
function stoppedOf(master: HaproxyMaster): string {
  const stopped = stoppedProcesses(master.pids());
  if (stopped.length === 0) return "";
  return `; stopped by SIGSTOP: HAProxy's process ${stopped.join(", ")}, resume it with SIGCONT`;
}

async function saveState(
  master: HaproxyMaster,
  { socket, serverStateFile, resting, logger, signal }: ReloadOptions,
): Promise<void> {
  if (serverStateFile === undefined) return;
  try {
    await saveServerState(socket, serverStateFile, signal, resting);
  } catch (error) {
    signal.throwIfAborted();
    const { message } = error as Error;
    logger.warning(
      `The state of the servers is lost at this reload, all count as up until checked: ${message}${
        stoppedOf(master)
      }`,
    );
  }
}

/** Whether HAProxy loaded its file; `reason` only where HAProxy gave one with its answer (2.7 and later). */
export type ReloadOutcome = { ok: true } | { ok: false; reason?: string };

/** Milliseconds between two questions to a busy master. */
export const pollInterval = 50;

export interface ReloadRequest {
  socket: MasterSocket;
  clock: Clock;
  /** Milliseconds after which a master that still says nothing counts as stuck. */
  timeout: number;
  /** Aborted when the master has ended: no other process would answer. */
  signal: AbortSignal;
}

/**
 * Asks the master for a reload and waits until it tells how that went. Rejects when the time is over or the signal is
 * aborted.
 */
export function requestReload(request: ReloadRequest): Promise<ReloadOutcome> {
  const message = `HAProxy did not report the result of the reload within ${request.timeout} ms`;
  return withDeadline(
    { clock: request.clock, milliseconds: request.timeout, signal: request.signal, message },
    (signal) => reload({ ...request, signal }),
  );
}

async function reload(request: ReloadRequest): Promise<ReloadOutcome> {
  while (true) {
    const before = await askUntilAnswered(request, () => true);
    const answer = parseReloadAnswer(await ask(request, socketCommand`reload`));
    // 2.6 closes the connection without an answer: it is over when the counter has grown.
    if (!answer) {
      const after = await askUntilAnswered(request, ({ master }) => master.reloads > before.master.reloads);
      return { ok: after.master.failed === 0 };
    }
    if (answer.success) return { ok: true };
    if (!isReloadUnderWay(answer.log)) {
      return { ok: false, reason: describeAlerts(answer.log) || answer.log || undefined };
    }
    await request.clock.sleep(pollInterval, request.signal);
  }
}

async function askUntilAnswered(
  request: ReloadRequest,
  accept: (answer: ShowProc) => boolean,
): Promise<ShowProc> {
  while (true) {
    const answer = parseShowProc(await ask(request, socketCommand`show proc`));
    if (answer && accept(answer)) return answer;
    await request.clock.sleep(pollInterval, request.signal);
  }
}

/** The answer; empty when the connection was refused or broke, as it does while the master loads. */
async function ask({ socket, timeout, signal }: ReloadRequest, command: SocketCommand): Promise<string> {
  try {
    return await socket.command(command, signal, timeout);
  } catch {
    signal.throwIfAborted();
    return "";
  }
}

/** How `show servers state` begins: the version of its format, the only one there is, and the names of its columns. */
const stateBegin = "1\n# be_id";

/**
 * Writes what the worker knows about its servers (health, drain, weights) to `file`, for `server-state-file` to read at
 * the next load. When the worker does not answer, it removes `file` and throws. An old state would set servers back to
 * what they were long ago.
 *
 * @param resting servers to leave out, as `backend/server`
 */
export async function saveServerState(
  socket: MasterSocket,
  file: string,
  signal: AbortSignal,
  resting: ReadonlySet<string> = new Set(),
): Promise<void> {
  try {
    const processes = parseShowProc(await socket.command(socketCommand`show proc`, signal));
    const worker = processes && servingWorker(processes);
    if (!worker) throw new Error(`HAProxy's master socket ${socket.path} lists no worker`);
    const state = await socket.command(toWorker(worker.pid, socketCommand`show servers state`), signal);
    if (!state.startsWith(stateBegin)) {
      throw new Error(`HAProxy's worker ${worker.pid} answered no server state but "${state.slice(0, 80)}"`);
    }
    await replaceFile(file, `${withoutOldMaintenance(withoutServers(state, resting))}\n`);
  } catch (error) {
    await Promise.all([file, `${file}.tmp`].map((path) => rm(path, { force: true })));
    throw error;
  }
}

/** Milliseconds after which a signal that a busy master has lost is sent again. */
const patience = 5_000;

export interface RemakeOptions {
  /** Path of the master socket. */
  path: string;
  clock: Clock;
  /** Ends the wait. */
  signal: AbortSignal;
}

/**
 * Makes a master create its removed socket again. A master does that at each load of its file, and without the socket
 * only USR2 can request a load. The directory is created first, because the master would end without it. Rejects when
 * the signal is aborted before the socket is there.
 */
export async function remakeMasterSocket(
  master: Pick<HaproxyMaster, "signal">,
  { path, clock, signal }: RemakeOptions,
): Promise<void> {
  await makeDirectory(dirname(path), "the directory of HAProxy's master socket");
  let askedAt = -Infinity;
  while (!existsSync(path)) {
    if (clock.monotonic() - askedAt > patience) {
      master.signal("SIGUSR2");
      askedAt = clock.monotonic();
    }
    await clock.sleep(pollInterval, signal);
  }
}

/** Resolves when the master answers: its socket is there a moment before it listens. Rejects when the signal is aborted. */
async function untilAnswering(socket: MasterSocket, clock: Clock, signal: AbortSignal): Promise<void> {
  while (true) {
    try {
      await socket.command(socketCommand`show proc`, signal);
      return;
    } catch {
      signal.throwIfAborted();
      await clock.sleep(pollInterval, signal);
    }
  }
}

/** Milliseconds that a worker may take for its first answer, and at most for a later one. */
const [firstAnswer, longestAnswer] = [200, 10_000];

/**
 * Resolves when the first worker answers through the master socket: then it has loaded its file and accepts connections.
 * Rejects when the signal is aborted, and only then.
 */
export async function waitUntilReady(socket: MasterSocket, clock: Clock, signal: AbortSignal): Promise<void> {
  // From 3.1 on, the worker exists before it has loaded its file. A question that comes too early never gets an answer.
  let timeout = firstAnswer;
  while (true) {
    const began = clock.monotonic();
    if (/^Pid: /m.test(await askWorker(socket, signal, timeout))) return;
    // A busy worker gets the time that it needs. One that cannot be asked yet answers so at once.
    if (clock.monotonic() - began >= timeout) timeout = Math.min(2 * timeout, longestAnswer);
    await clock.sleep(pollInterval, signal);
  }
}

/** Empty while there is no socket, no worker, or none that answers. */
async function askWorker(socket: MasterSocket, signal: AbortSignal, timeout: number): Promise<string> {
  try {
    return await socket.command(toWorker("serving", socketCommand`show info`), signal, timeout);
  } catch {
    signal.throwIfAborted();
    return "";
  }
}
