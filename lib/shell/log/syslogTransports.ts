import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { connect, type Socket, type TcpSocketConnectOpts } from "node:net";
import { setImmediate } from "node:timers/promises";
import type { SyslogTarget } from "../../core/log/syslog.ts";
import { type Clock, withDeadline } from "../system/clock.ts";
import { hasCode } from "../system/files.ts";
import { describeRuntime } from "../system/runtime.ts";
import { openUnixDatagrams } from "../system/unixDatagrams.ts";
import { type SyslogConnection, SyslogUnusable } from "./syslogSender.ts";

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
    socket.on("error", () => {/* no caller waits for it any more */});
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
    const message = `it has accepted nothing for ${patience / 1000} s`;
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

/** RFC 6587, section 3.4.2: every server can do that, but not every one can count octets. */
const lineFeed = 0x0a;
/** What syslog(3) and Python's SysLogHandler write to a Unix stream socket. */
const nul = 0;

/**
 * Opens the way to a syslog server. Rejects when it is not there, or as soon as `signal` is aborted.
 *
 * @throws {SyslogUnusable} when trying again is no use
 */
export async function openSyslog(
  target: Exclude<SyslogTarget, { transport: "none" }>,
  clock: Clock,
  signal: AbortSignal,
): Promise<SyslogConnection> {
  if (target.transport === "unix") return await openUnix(target.path, clock, signal);
  const { transport, host, port } = target;
  if (transport === "udp") return await openUdp({ host, port, clock });
  return await openStream({ address: { host, port }, terminator: lineFeed, clock }, signal);
}

/** Only a connection shows of what kind the socket is. */
async function openUnix(path: string, clock: Clock, signal: AbortSignal): Promise<SyslogConnection> {
  try {
    return await openStream({ address: { path }, terminator: nul, clock }, signal);
  } catch (error) {
    if (!hasCode(error, "EPROTOTYPE")) throw error;
    return openUnixDatagram(path);
  }
}

/** Milliseconds for which the address of a name is believed. */
const believed = 60_000;
/** Messages after which other work gets a turn: Node reports each as sent before anything else runs. */
const burst = 100;

export interface UdpSettings {
  host: string;
  port: number;
  clock: Pick<Clock, "monotonic">;
}

/**
 * A socket for datagrams to a server, one for each message (RFC 5426). Whether there is a server does not show.
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
    readonly socket: UdpSocket,
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

/**
 * A socket for datagrams to a Unix socket, as `/dev/log` mostly is.
 *
 * @throws {SyslogUnusable} where the runtime has none
 */
export function openUnixDatagram(path: string): SyslogConnection {
  const socket = openUnixDatagrams();
  if (socket === undefined) {
    throw new SyslogUnusable(
      `it is a datagram socket, which ${describeRuntime()} cannot send to. Have the syslog server listen by UDP and give ` +
        "--syslog-socket udp://127.0.0.1:514, or run the bundle with deno run -A --unstable-net",
    );
  }
  return {
    gone: new AbortController().signal,
    send: (message) => socket.send(message, path),
    flush: () => Promise.resolve(),
    destroy: () => socket.close(),
  };
}
