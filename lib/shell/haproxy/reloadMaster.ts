import { existsSync } from "node:fs";
import type { Clock } from "../clock/Clock.ts";
import { withDeadline } from "../clock/withDeadline.ts";
import type { Logger } from "../log/Logger.ts";
import { endedSignal } from "./endedSignal.ts";
import type { HaproxyMaster } from "./HaproxyMaster.ts";
import type { HaproxyOutput } from "./HaproxyOutput.ts";
import type { MasterSocket } from "./MasterSocket.ts";
import { remakeMasterSocket } from "./remakeMasterSocket.ts";
import { pollInterval, requestReload } from "./requestReload.ts";
import { saveServerState } from "./saveServerState.ts";
import { stoppedProcesses } from "./stoppedProcesses.ts";

/** How a reload went; the time is from the request to HAProxy until it told the outcome. */
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
  /** Servers whose state does not count any more, as `backend/server`. */
  resting?: ReadonlySet<string>;
  /** Aborted, the reload is not waited for any more. */
  signal: AbortSignal;
}

/** Has HAProxy load its file again, with the state of its servers where a file for that is given. Never rejects. */
export async function reloadMaster(master: HaproxyMaster, options: ReloadOptions): Promise<ReloadResult> {
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
      logger.warning(`HAProxy's master socket ${socket.path} is gone; HAProxy is made to open it again`);
      const message = `HAProxy did not open ${socket.path} again within ${timeout} ms`;
      await withDeadline(
        { clock, milliseconds: timeout, signal, message },
        (signal) => remakeMasterSocket(master, { path: socket.path, clock, signal }),
      );
    }
    await saveState(master, { ...options, signal });
    output.forget();
    begin = clock.monotonic();
    const outcome = await requestReload({ socket, clock, timeout, signal });
    const milliseconds = since();
    if (outcome.ok) return { ok: true, milliseconds };
    if (outcome.reason) return { ok: false, reason: outcome.reason, milliseconds };
    // HAProxy wrote the reason before it counted the reload as failed: it is in the pipe and only has to be read.
    await clock.sleep(pollInterval, signal);
    return { ok: false, reason: output.failure(master.pid), milliseconds };
  } catch (error) {
    return { ok: false, reason: (error as Error).message + stoppedOf(master), milliseconds: since() };
  }
}

/** Tells of processes that somebody has stopped: they may be why there was no answer. */
function stoppedOf(master: HaproxyMaster): string {
  const stopped = stoppedProcesses(master.pids());
  if (stopped.length === 0) return "";
  return `; stopped by SIGSTOP: HAProxy's process ${stopped.join(", ")}, let it go on by SIGCONT`;
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
      `The state of the servers is lost at this reload, all start as up until checked: ${message}${
        stoppedOf(master)
      }`,
    );
  }
}
