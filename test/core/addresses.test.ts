import assert from "node:assert/strict";
import {
  type BindAddress,
  isInNetwork,
  isNetwork,
  parseBindAddress,
  shortestAddress,
} from "../../lib/core/addresses.ts";

const addresses: [text: string, expected: BindAddress | undefined][] = [
  ["*:80", { host: "*", port: 80 }],
  [":80", { host: "*", port: 80 }],
  ["127.0.0.1:65535", { host: "127.0.0.1", port: 65535 }],
  ["[::1]:443", { host: "::1", port: 443 }],
  ["[::ffff:10.0.0.1]:443", { host: "::ffff:10.0.0.1", port: 443 }],
  ["localhost:8080", { host: "localhost", port: 8080 }],
  ["lb-1.example.com:8080", { host: "lb-1.example.com", port: 8080 }],
  ["80", undefined],
  ["", undefined],
  ["*", undefined],
  ["*:0", undefined],
  ["*:65536", undefined],
  ["*:+80", undefined],
  ["*:80 ssl", undefined],
  ["256.0.0.1:80", undefined],
  ["1.2.3:80", undefined],
  ["1.2.3.4.5:80", undefined],
  ["::1:80", undefined],
  ["[::g]:80", undefined],
  ["[]:80", undefined],
  ["[127.0.0.1]:80", undefined],
  ["-a:80", undefined],
  ["a_b:80", undefined],
  ["a..b:80", undefined],
  ["a b:80", undefined],
  ["*:80\n", undefined],
];

for (const [text, expected] of addresses) {
  Deno.test(`bind address ${JSON.stringify(text)}`, () => assert.deepEqual(parseBindAddress(text), expected));
}

const networks: [text: string, expected: boolean][] = [
  ["10.0.0.0/8", true],
  ["10.0.0.1", true],
  ["0.0.0.0/0", true],
  ["10.0.0.1/32", true],
  ["::1", true],
  ["fd00::/8", true],
  ["::/128", true],
  ["10.0.0.0/33", false],
  ["10.0.0/8", false],
  ["10.0.0.0/", false],
  ["10.0.0.0/8/8", false],
  ["10.0.0.0/-1", false],
  ["::/129", false],
  ["[::1]", false],
  ["localhost", false],
  ["", false],
];

for (const [text, expected] of networks) {
  Deno.test(`network ${JSON.stringify(text)}`, () => assert.equal(isNetwork(text), expected));
}

const spellings: [address: string, expected: string][] = [
  ["10.0.0.1", "10.0.0.1"],
  ["::1", "::1"],
  ["FD00:0:0:0::00A", "fd00::a"],
  ["::ffff:10.0.0.1", "10.0.0.1"],
  ["::ffff:a00:1", "10.0.0.1"],
  ["64:ff9b::10.0.0.1", "64:ff9b::a00:1"],
];
for (const [address, expected] of spellings) {
  Deno.test(`shortestAddress: ${address}`, () => assert.equal(shortestAddress(address), expected));
}

const inNetworks: [address: string, network: string, expected: boolean][] = [
  ["10.1.2.3", "10.0.0.0/8", true],
  ["11.1.2.3", "10.0.0.0/8", false],
  ["10.1.2.3", "0.0.0.0/0", true],
  ["10.1.2.3", "10.1.2.3", true],
  ["10.1.2.3", "10.1.2.2", false],
  ["10.1.2.127", "10.1.2.0/25", true],
  ["10.1.2.128", "10.1.2.0/25", false],
  ["fd00:1::2", "fd00::/8", true],
  ["fe00::", "fd00::/8", false],
  ["fd00:1::2", "fd00:1::/127", false],
  ["fd00:1::2", "fd00:1::2/127", true],
  ["::1", "::1", true],
  ["::1", "::/0", true],
  ["::1", "0.0.0.0/0", false],
  ["10.1.2.3", "::/0", false],
];
for (const [address, network, expected] of inNetworks) {
  Deno.test(`isInNetwork: ${address} in ${network}`, () => {
    assert.equal(isInNetwork(address, network), expected);
  });
}
