import { Buffer } from "node:buffer";
import { connect } from "node:net";
import type { Clock } from "../clock/Clock.ts";
import { withDeadline } from "../clock/withDeadline.ts";

export interface MasterSocketOptions {
  clock: Clock;
  /** Milliseconds for one command. */
  timeout?: number;
}

/**
 * HAProxy's master CLI on a Unix socket (management guide, "Master CLI"). A command for a worker has `@1 ` (the current
 * worker) or `@!PID ` before it. One connection for each command: one that stays open would stay with its worker over
 * a reload and keep that worker alive.
 */
export class MasterSocket {
  readonly #clock: Clock;
  readonly #timeout: number;

  constructor(readonly path: string, { clock, timeout = 10_000 }: MasterSocketOptions) {
    this.#clock = clock;
    this.#timeout = timeout;
  }

  /**
   * The answer to one command, without the line feeds around it. Throws an Error that names the socket and the command
   * when nothing listens, the connection breaks or the time is over; a busy master may also answer nothing ("").
   */
  async command(text: string, signal: AbortSignal, timeout = this.#timeout): Promise<string> {
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

  #exchange(text: string, signal: AbortSignal, problem: string): Promise<string> {
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
