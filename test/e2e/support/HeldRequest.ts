import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Bench } from "./Bench.ts";
import { eventually } from "../../../tools/harness/eventually.ts";

/** A request that is under way for as long as the test wants: the last byte of its body is not sent before. */
export class HeldRequest {
  /** All that came back by the time the connection ended, however it did. */
  readonly reply: Promise<string>;
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    let reply = "";
    socket.setEncoding("utf8").on("data", (text: string) => reply += text);
    socket.on("error", () => {/* a cut connection: the reply is what came before */});
    this.reply = once(socket, "close").then(() => reply);
  }

  /** Resolves once HAProxy has passed the request on to the one task of the virtual host's one app. */
  static async start(bench: Bench, host: string): Promise<HeldRequest> {
    const socket = connect(bench.ports.http, "127.0.0.1");
    const held = new HeldRequest(socket);
    socket.write(`POST / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nContent-Length: 1\r\n\r\n`);
    await eventually(async () => {
      const rows = (await bench.ask("/haproxy?stats;csv")).split("\n").map((row) => row.split(","));
      const [, , , , sessions] = rows.find((row) => row[1]?.startsWith("127_0_0_1_"))!;
      assert.equal(sessions, "1", "sessions of the task");
    });
    return held;
  }

  /** Lets it end. The connection stays open for the reply: HAProxy 3.4 answers 400 to a client that closes its side. */
  release(): void {
    this.#socket.write("x");
  }
}
