/**
 * Prints `listening`, then each datagram that comes to the Unix socket that ADDRESS names (an abstract one with @) as a line of
 * JSON, until stdin ends. A program of its own: only with `--unstable-net` Deno has such sockets.
 */
import process from "node:process";

const path = process.env.ADDRESS!.replace(/^@/, "\0");
const socket = Deno.listenDatagram({ transport: "unixpacket", path });
console.log("listening");
process.stdin.on("end", () => process.exit(0)).resume();
for await (const [message] of socket) console.log(JSON.stringify(new TextDecoder().decode(message)));
