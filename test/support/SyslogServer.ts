import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer, type ListenOptions, type Socket } from "node:net";

/** A syslog server that keeps what it is sent, message by message. */
export class SyslogServer implements AsyncDisposable {
  readonly messages: string[] = [];
  /** Connections that are open. */
  readonly connections = new Set<Socket>();

  private constructor(readonly address: string, readonly close: () => Promise<void>) {}

  /** `host`: 127.0.0.1 or ::1. */
  static async udp(host = "127.0.0.1"): Promise<SyslogServer> {
    const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
    socket.bind(0, host);
    await once(socket, "listening");
    const server = new SyslogServer(
      `udp://${host.includes(":") ? `[${host}]` : host}:${socket.address().port}`,
      () => new Promise((resolve) => socket.close(() => resolve())),
    );
    socket.on("message", (message) => server.messages.push(message.toString()));
    return server;
  }

  /** Takes messages with a line feed after each. */
  static tcp(port = 0): Promise<SyslogServer> {
    return SyslogServer.#stream({ host: "127.0.0.1", port }, "\n");
  }

  /** Takes messages with a NUL after each. */
  static unix(path: string): Promise<SyslogServer> {
    return SyslogServer.#stream({ path }, "\0");
  }

  static async #stream(address: ListenOptions, terminator: string): Promise<SyslogServer> {
    const listener = createServer();
    listener.listen(address);
    await once(listener, "listening");
    const port = (listener.address() as AddressInfo).port;
    const server = new SyslogServer(address.path ?? `tcp://127.0.0.1:${port}`, async () => {
      server.hangUp();
      await new Promise((resolve) => listener.close(resolve));
    });
    listener.on("connection", (socket: Socket) => {
      server.connections.add(socket);
      let rest = "";
      socket.setEncoding("utf8").on("data", (text: string) => {
        const messages = (rest + text).split(terminator);
        rest = messages.pop()!;
        server.messages.push(...messages);
      });
      // A client that ends with unread data makes this side an error; what was read counts.
      socket.on("error", () => {});
      socket.on("close", () => server.connections.delete(socket));
    });
    return server;
  }

  /** Closes every connection. */
  hangUp(): void {
    for (const socket of this.connections) socket.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
