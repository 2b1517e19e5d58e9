import { Buffer } from "node:buffer";
import { connect } from "node:net";
import { splitPromptAnswers } from "../../core/haproxy/answers.ts";
import type { SocketCommand } from "../../core/haproxy/socketCommand.ts";
import { type Clock, withDeadline } from "../system/clock.ts";

export interface MasterSocketOptions {
  clock: Clock;
  /** Milliseconds for one command. */
  timeout?: number;
}

/**
 * HAProxy's master CLI on a Unix socket (management guide, "Master CLI"). `toWorker` makes a command for a worker. Each
 * command has its own connection: one that stays open would keep its worker alive over a reload.
 */
export class MasterSocket {
  readonly #clock: Clock;
  readonly #timeout: number;

  constructor(readonly path: string, { clock, timeout = 10_000 }: MasterSocketOptions) {
    this.#clock = clock;
    this.#timeout = timeout;
  }

  /**
   * The answer to one command, without the line feeds around it. A busy master may also answer nothing ("").
   *
   * @throws {Error} with the socket and the command, when nothing listens, the connection breaks or the time is over
   */
  async command(text: SocketCommand, signal: AbortSignal, timeout = this.#timeout): Promise<string> {
    signal.throwIfAborted();
    // A payload, which begins on the second line, may hold a private key.
    const [line] = text.split("\n", 1);
    const problem = `HAProxy's master socket ${this.path} did not answer "${line}"`;
    const message = `${problem} within ${timeout} ms`;
    return await withDeadline(
      { clock: this.#clock, milliseconds: timeout, signal, message },
      (signal) => this.#exchange(text, signal, problem),
    );
  }

  #exchange(text: SocketCommand, signal: AbortSignal, problem: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const chunks: Uint8Array[] = [];
      const socket = connect({ path: this.path });
      const abort = () => {
        reject(signal.reason);
        socket.destroy();
      };
      signal.addEventListener("abort", abort, { once: true });
      socket.on("data", (chunk: Uint8Array) => chunks.push(chunk));
      socket.on("end", () => resolve(Buffer.concat(chunks).toString().trim()));
      socket.on("error", (error: NodeJS.ErrnoException) => {
        reject(new Error(`${problem}: ${error.code ?? error.message}`, { cause: error }));
      });
      socket.on("close", () => {
        signal.removeEventListener("abort", abort);
        reject(new Error(`${problem}: the connection was closed`));
      });
      // Without `quit` HAProxy keeps the connection; closing our half instead can lose the answer to `reload` in 2.8.
      socket.write(`${text}\nquit\n`);
    });
  }
}

export interface AskWorkerOptions {
  /** Path of the master socket. */
  readonly path: string;
  readonly clock: Clock;
  /** Milliseconds for all of them. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/**
 * Sends many commands to the serving worker over one connection, without waiting in between. A connection for each
 * would take longer than the commands. Resolves to an answer for each.
 *
 * @throws {Error} when the connection breaks or the time is over before all are answered. HAProxy may have executed any
 * number of the commands.
 */
export async function askWorker(
  commands: readonly SocketCommand[],
  { path, clock, timeout, signal }: AskWorkerOptions,
): Promise<string[]> {
  const message =
    `HAProxy's master socket ${path} did not answer ${commands.length} commands within ${timeout} ms`;
  return await withDeadline(
    { clock, milliseconds: timeout, signal, message },
    (signal) => exchange(commands, path, signal),
  );
}

function exchange(commands: readonly SocketCommand[], path: string, signal: AbortSignal): Promise<string[]> {
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
