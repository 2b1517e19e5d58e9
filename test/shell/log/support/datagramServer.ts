/** Prints `listening`, then each datagram that comes to the Unix socket which is named, on a line, until stdin ends. */
import process from "node:process";

const socket = Deno.listenDatagram({ transport: "unixpacket", path: process.argv[2]! });
console.log("listening");
process.stdin.on("end", () => process.exit(0)).resume();
for await (const [message] of socket) console.log(new TextDecoder().decode(message));
