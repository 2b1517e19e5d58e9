import { Buffer } from "node:buffer";
import { connect } from "node:net";

/**
 * Sends bytes to a port of the loopback interface and resolves to what came back until the connection was closed: by the
 * other side, or after `patience` milliseconds without a word by this one.
 */
export function sendRaw(
  port: number,
  bytes: string | Uint8Array,
  { end = false, patience = 0 } = {},
): Promise<string> {
  return new Promise((resolve) => {
    const answer: Uint8Array[] = [];
    const socket = connect({ port, host: "127.0.0.1" });
    socket.on("data", (piece) => answer.push(piece));
    // A server that refuses what it is sent may reset the connection.
    socket.on("error", () => {});
    socket.on("close", () => resolve(Buffer.concat(answer).toString("latin1")));
    if (patience > 0) socket.setTimeout(patience, () => socket.destroy());
    if (end) socket.end(bytes);
    else socket.write(bytes);
  });
}
