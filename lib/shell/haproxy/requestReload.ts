import { describeAlerts } from "../../core/haproxy/describeAlerts.ts";
import { parseReloadAnswer } from "../../core/haproxy/parseReloadAnswer.ts";
import { parseShowProc, type ShowProc } from "../../core/haproxy/parseShowProc.ts";
import type { Clock } from "../clock/Clock.ts";
import type { MasterSocket } from "./MasterSocket.ts";
import { withDeadline } from "../clock/withDeadline.ts";

/** Whether HAProxy loaded its file; `reason` only where HAProxy gave one with its answer (2.7 and later). */
export type ReloadOutcome = { ok: true } | { ok: false; reason?: string };

/** Milliseconds between two questions to a busy master. */
export const pollInterval = 50;

export interface ReloadRequest {
  socket: MasterSocket;
  clock: Clock;
  /** Milliseconds after which a master that still says nothing counts as stuck. */
  timeout: number;
  /** Aborted when the master has ended: nobody else would answer. */
  signal: AbortSignal;
}

/**
 * Asks the master for a reload and waits until it tells how that went. Rejects when the time is over or the signal is
 * aborted.
 */
export function requestReload(request: ReloadRequest): Promise<ReloadOutcome> {
  const message = `HAProxy did not say within ${request.timeout} ms whether it has reloaded`;
  return withDeadline(
    { clock: request.clock, milliseconds: request.timeout, signal: request.signal, message },
    (signal) => reload({ ...request, signal }),
  );
}

async function reload(request: ReloadRequest): Promise<ReloadOutcome> {
  while (true) {
    const before = await askUntilAnswered(request, () => true);
    const answer = parseReloadAnswer(await ask(request, "reload"));
    // 2.6 closes the connection without an answer: it is over when the counter has grown.
    if (!answer) {
      const after = await askUntilAnswered(request, ({ master }) => master.reloads > before.master.reloads);
      return { ok: after.master.failed === 0 };
    }
    if (answer.success) return { ok: true };
    // 3.1 and later refuse a reload while one that somebody else asked for is under way.
    if (!answer.log.startsWith("Another reload")) {
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
    const answer = parseShowProc(await ask(request, "show proc"));
    if (answer && accept(answer)) return answer;
    await request.clock.sleep(pollInterval, request.signal);
  }
}

/** The answer; empty when the connection was refused or broke, as it does while the master loads. */
async function ask({ socket, timeout, signal }: ReloadRequest, command: string): Promise<string> {
  try {
    return await socket.command(command, signal, timeout);
  } catch {
    signal.throwIfAborted();
    return "";
  }
}
