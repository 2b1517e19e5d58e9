import { once } from "node:events";
import { connect, type Socket, type TcpSocketConnectOpts } from "node:net";
import type { Clock } from "../../clock/Clock.ts";
import { withDeadline } from "../../clock/withDeadline.ts";
import type { SyslogConnection } from "./SyslogConnection.ts";

/** Milliseconds in which a server has to take something of what waits for it. */
const patience = 30_000;
/** Milliseconds after which the system asks a silent TCP peer whether it is still there. */
const keepAlive = 60_000;

export interface StreamSettings {
  address: TcpSocketConnectOpts | { path: string };
  /** The octet that ends each message: none of them holds it. */
  terminator: number;
  clock: Clock;
}

/** Connects by TCP or to a Unix stream socket. Rejects with the system's error, or as soon as `signal` is aborted. */
export async function openStream(settings: StreamSettings, signal: AbortSignal): Promise<SyslogConnection> {
  signal.throwIfAborted();
  const socket = connect(settings.address);
  try {
    await once(socket, "connect", { signal });
  } catch (error) {
    socket.on("error", () => {/* nobody waits for it any more */});
    socket.destroy();
    signal.throwIfAborted();
    throw error;
  }
  return new StreamConnection(socket, settings);
}

class StreamConnection implements SyslogConnection {
  readonly #gone = new AbortController();

  constructor(readonly socket: Socket, readonly settings: StreamSettings) {
    if (!("path" in settings.address)) socket.setKeepAlive(true, keepAlive);
    socket.on("error", (error) => this.#gone.abort(error));
    for (const event of ["end", "close"]) {
      socket.on(event, () => this.#gone.abort(new Error("it closed the connection")));
    }
    // The end of what is not read would not be seen.
    socket.resume();
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  async send(message: Uint8Array, signal: AbortSignal): Promise<void> {
    this.gone.throwIfAborted();
    const framed = new Uint8Array(message.length + 1);
    framed.set(message);
    framed[message.length] = this.settings.terminator;
    if (!this.socket.write(framed)) await this.#drained(signal);
  }

  #drained(signal: AbortSignal): Promise<void> {
    const message = `it has taken nothing for ${patience / 1000} s`;
    const deadline = { clock: this.settings.clock, milliseconds: patience, signal, message };
    return withDeadline(deadline, async (signal) => {
      const either = AbortSignal.any([signal, this.gone]);
      try {
        await once(this.socket, "drain", { signal: either });
      } catch (error) {
        // node:events wraps the reason in an AbortError of its own.
        either.throwIfAborted();
        throw error;
      }
    });
  }

  flush(): Promise<void> {
    return new Promise((resolve) => {
      this.socket.once("close", () => resolve());
      this.socket.end(() => resolve());
    });
  }

  destroy(): void {
    this.socket.destroy();
  }
}
