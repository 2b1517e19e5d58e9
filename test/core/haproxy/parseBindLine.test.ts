import assert from "node:assert/strict";
import { type BindAddress, parseBindLine } from "../../../lib/core/haproxy/parseBindLine.ts";

const lines: [line: string, ports: string[]][] = [
  ["  bind *:80", ["0.0.0.0 80"]],
  ["bind :80", ["0.0.0.0 80"]],
  ["  bind 10.0.0.1:10001 ssl crt /etc/ssl/cert.pem", ["10.0.0.1 10001"]],
  ["bind ipv4@:80", ["0.0.0.0 80"]],
  ["bind ipv4@127.0.0.1:80", ["127.0.0.1 80"]],
  ["bind :::80", [":: 80"]],
  ["bind [::]:80 v4v6", [":: 80"]],
  ["bind ipv6@:80", [":: 80"]],
  ["bind ipv6@*:80 v6only", [":: 80 only"]],
  ["bind [fe80::1]:80 v6only", ["fe80::1 80"]],
  ["bind ::1:80", ["::1 80"]],
  ["bind ::ffff:10.0.0.1:80", ["::ffff:10.0.0.1 80"]],
  ["bind *:10000-10002", ["0.0.0.0 10000", "0.0.0.0 10001", "0.0.0.0 10002"]],
  ["bind *:80,127.0.0.1:81,:::82", ["0.0.0.0 80", "127.0.0.1 81", ":: 82"]],
  ["bind *:80 # and bind *:81", ["0.0.0.0 80"]],
  // What cannot be tested by opening a TCP port.
  ["bind /run/haproxy/http.sock,*:80", ["0.0.0.0 80"]],
  ["bind abns@mlb accept-proxy ssl crt /etc/ssl/cert.pem", []],
  ["bind unix@/run/x:80", []],
  ["bind fd@3", []],
  ["bind fd@${FD}", []],
  ["bind sockpair@4", []],
  ["bind quic4@:443 ssl", []],
  ["bind udp@:53", []],
  ["bind proxy.example.com:80", []],
  ['bind "${ADDRESS}:80"', []],
  ['bind ":${PORT}"', []],
  ["bind *:80 interface eth0", []],
  ["bind *:80 namespace blue", []],
  ["bind 192.0.2.1:80 transparent", []],
  ["bind *:0", []],
  ["bind *:70000", []],
  ["bind *:10002-10000", []],
  ["bind *:80-", []],
  ["bind", []],
  ["# bind *:80", []],
  ["bind-process 1", []],
  ["server bind 10.0.0.1:80", []],
];
for (const [line, ports] of lines) {
  Deno.test(`parseBindLine: ${line}`, () => assert.deepEqual(parseBindLine(line).map(describe), ports));
}

function describe({ host, port, ipv6Only }: BindAddress): string {
  return `${host} ${port}${ipv6Only ? " only" : ""}`;
}
