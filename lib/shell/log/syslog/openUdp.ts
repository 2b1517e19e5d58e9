import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../clock/Clock.ts";
import type { SyslogConnection } from "./SyslogConnection.ts";

/** Milliseconds for which the address of a name is believed. */
const believed = 60_000;
/** Messages after which the rest of the program has its turn: Node tells of each as sent before anything else runs. */
const burst = 100;

export interface UdpSettings {
  host: string;
  port: number;
  clock: Pick<Clock, "monotonic">;
}

/**
 * A socket for datagrams to a server, one for each message (RFC 5426). Whether there is a server nobody is told.
 * Rejects when the host's name cannot be looked up.
 */
export async function openUdp(settings: UdpSettings): Promise<SyslogConnection> {
  const { address, family } = await lookup(settings.host);
  return new UdpConnection(createSocket(family === 6 ? "udp6" : "udp4"), address, family, settings);
}

class UdpConnection implements SyslogConnection {
  readonly #gone = new AbortController();
  #lookUpAt: number;
  #sent = 0;

  constructor(
    readonly socket: Socket,
    public address: string,
    readonly family: number,
    readonly settings: UdpSettings,
  ) {
    this.#lookUpAt = settings.clock.monotonic() + believed;
    socket.on("error", (error) => this.#gone.abort(error));
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  async send(message: Uint8Array): Promise<void> {
    this.#refresh();
    if (++this.#sent % burst === 0) await setImmediate();
    await new Promise<void>((resolve, reject) => {
      this.socket.send(
        message,
        this.settings.port,
        this.address,
        (error) => error ? reject(error) : resolve(),
      );
    });
  }

  /** In the background: a log does not wait for name servers. */
  #refresh(): void {
    const { host, clock } = this.settings;
    if (clock.monotonic() < this.#lookUpAt) return;
    this.#lookUpAt = clock.monotonic() + believed;
    lookup(host, { family: this.family }).then(
      ({ address }) => this.address = address,
      () => {/* the address it had stays */},
    );
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  destroy(): void {
    this.socket.close();
  }
}
