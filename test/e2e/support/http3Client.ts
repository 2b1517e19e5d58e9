/**
 * A client that asks one URL by HTTP/3 and prints its status and body as JSON, for a run of its own: QUIC needs `--unstable-net`. It
 * speaks the little of RFC 9114 and RFC 9204 that one request takes, without the dynamic table.
 *
 * Words: the address, the port, the name in TLS, the file of the certificate authority, the host and the path.
 */
import assert from "node:assert/strict";

const [hostname = "", port = "", serverName = "", authority = "", host = "", path = ""] = Deno.args;

/** A number as QUIC writes it (RFC 9000, section 16). */
function variable(value: number): number[] {
  assert.ok(value < 16_384);
  return value < 64 ? [value] : [0x40 | value >> 8, value & 0xff];
}

function frame(type: number, payload: readonly number[]): number[] {
  return [...variable(type), ...variable(payload.length), ...payload];
}

/** A number with a prefix of so many bits behind some flags (RFC 7541, section 5.1). */
function prefixed(flags: number, bits: number, value: number): number[] {
  const most = 2 ** bits - 1;
  assert.ok(value < most + 128);
  return value < most ? [flags | value] : [flags | most, value - most];
}

const bytesOf = (text: string) => [...new TextEncoder().encode(text)];
/** A field with a name of its own, none of it compressed by Huffman (RFC 9204, section 4.5.6). */
const field = (name: string, value: string) => [
  ...prefixed(0x20, 3, name.length),
  ...bytesOf(name),
  ...prefixed(0, 7, value.length),
  ...bytesOf(value),
];

/** The numbers of statuses in the static table (RFC 9204, appendix A). */
const statuses = new Map([
  [24, 103],
  [25, 200],
  [26, 304],
  [27, 404],
  [28, 503],
  [63, 100],
  [64, 204],
  [
    65,
    206,
  ],
  [66, 302],
  [67, 400],
  [68, 403],
  [69, 421],
  [70, 425],
  [71, 500],
]);

/** The status of a field section, which HAProxy writes first: as an entry of the static table, or as the value of one. */
function statusOf(section: Uint8Array): number | undefined {
  const first = section[2]!;
  if ((first & 0xc0) === 0xc0) {
    return statuses.get((first & 0x3f) === 0x3f ? 0x3f + section[3]! : first & 0x3f);
  }
  return undefined;
}

const connection = await Deno.connectQuic({
  hostname,
  port: Number(port),
  serverName,
  alpnProtocols: ["h3"],
  caCerts: [await Deno.readTextFile(authority)],
});
const control = (await connection.createUnidirectionalStream()).getWriter();
// A control stream, with settings that say nothing.
await control.write(new Uint8Array([0, ...frame(4, [])]));
const stream = await connection.createBidirectionalStream();
const writer = stream.writable.getWriter();
const fields = [
  ...field(":method", "GET"),
  ...field(":scheme", "https"),
  ...field(":authority", host),
  ...field(":path", path),
];
await writer.write(new Uint8Array(frame(1, [0, 0, ...fields])));
await writer.close();

const parts: Uint8Array[] = [];
for await (const part of stream.readable) parts.push(part);
const answer = new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer());
let status: number | undefined;
let body = "";
let place = 0;
const next = () => {
  const first = answer[place++]!;
  let value = first & 0x3f;
  for (let more = 2 ** (first >> 6) - 1; more > 0; more--) value = value * 256 + answer[place++]!;
  return value;
};
while (place < answer.length) {
  const type = next();
  const length = next();
  const payload = answer.subarray(place, place += length);
  if (type === 1) status ??= statusOf(payload);
  if (type === 0) body += new TextDecoder().decode(payload);
}
console.log(JSON.stringify({ status, body }));
connection.close({ closeCode: 0x100, reason: "" });
