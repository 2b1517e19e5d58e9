import type { Clock } from "../clock/Clock.ts";
import type { Logger } from "../log/Logger.ts";
import { endedSignal } from "./endedSignal.ts";
import type { HaproxyMaster } from "./HaproxyMaster.ts";
import type { HaproxyOutput } from "./HaproxyOutput.ts";
import type { MasterSocket } from "./MasterSocket.ts";
import { pollInterval, requestReload } from "./requestReload.ts";
import { saveServerState } from "./saveServerState.ts";

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
  /** Aborted, the reload is not waited for any more. */
  signal: AbortSignal;
}

/** Has HAProxy load its file again, with the state of its servers where a file for that is given. Never rejects. */
export async function reloadMaster(master: HaproxyMaster, options: ReloadOptions): Promise<ReloadResult> {
  const { socket, output, clock, timeout } = options;
  const ended = endedSignal(
    master,
    (exit) => `HAProxy ended during the reload, ${exit}: ${output.failure()}`,
  );
  const signal = AbortSignal.any([ended, options.signal]);
  let begin = clock.monotonic();
  const since = () => clock.monotonic() - begin;
  try {
    await saveState({ ...options, signal });
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
    return { ok: false, reason: (error as Error).message, milliseconds: since() };
  }
}

async function saveState({ socket, serverStateFile, logger, signal }: ReloadOptions): Promise<void> {
  if (serverStateFile === undefined) return;
  try {
    await saveServerState(socket, serverStateFile, signal);
  } catch (error) {
    signal.throwIfAborted();
    const { message } = error as Error;
    logger.warning(
      `The state of the servers is lost at this reload, all start as up until checked: ${message}`,
    );
  }
}
