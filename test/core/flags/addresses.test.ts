import assert from "node:assert/strict";
import { type BindAddress, parseBindAddress } from "../../../lib/core/flags/parseBindAddress.ts";
import { isNetwork } from "../../../lib/core/flags/isNetwork.ts";

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
