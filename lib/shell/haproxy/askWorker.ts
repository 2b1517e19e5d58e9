import { connect } from "node:net";
import { splitPromptAnswers } from "../../core/haproxy/splitPromptAnswers.ts";
import type { Clock } from "../clock/Clock.ts";
import { withDeadline } from "../clock/withDeadline.ts";

export interface AskWorkerOptions {
  /** Path of the master socket. */
  readonly path: string;
  readonly clock: Clock;
  /** Milliseconds for all of them. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/**
 * Gives the serving worker many commands over one connection, without waiting in between: a connection for each would
 * take longer than the commands. Resolves to an answer for each.
 *
 * @throws {Error} when the connection breaks or the time is over before all are answered: HAProxy may have followed any
 * number of them
 */
export async function askWorker(
  commands: readonly string[],
  { path, clock, timeout, signal }: AskWorkerOptions,
): Promise<string[]> {
  const message =
    `HAProxy's master socket ${path} did not answer ${commands.length} commands within ${timeout} ms`;
  return await withDeadline(
    { clock, milliseconds: timeout, signal, message },
    (signal) => exchange(commands, path, signal),
  );
}

function exchange(commands: readonly string[], path: string, signal: AbortSignal): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const pieces: string[] = [];
    const socket = connect({ path });
    const abort = () => {
      reject(signal.reason);
      socket.destroy();
    };
    signal.addEventListener("abort", abort, { once: true });
    socket.setEncoding("utf8");
    socket.on("data", (piece: string) => pieces.push(piece));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      reject(new Error(`HAProxy's master socket ${path}: ${error.code ?? error.message}`, { cause: error }));
    });
    socket.on("close", () => {
      signal.removeEventListener("abort", abort);
      const answers = splitPromptAnswers(pieces.join("")) ?? [""];
      // Behind the last prompt stands what `quit` says, which is nothing.
      const complete = answers.slice(0, -1);
      if (complete.length >= commands.length) return resolve(complete.slice(0, commands.length));
      reject(
        new Error(
          `HAProxy's master socket ${path} answered ${complete.length} of ${commands.length} commands`,
        ),
      );
    });
    socket.write(["prompt", "@1", ...commands, "quit", ""].join("\n"));
  });
}
