import assert from "node:assert/strict";
import fc from "fast-check";
import { type BindAddress, newBinds, parseBindLine } from "../../../lib/core/admission/binds.ts";
import { blame } from "../../../lib/core/admission/blame.ts";
import { renderConfiguration } from "../../../lib/core/render/renderConfiguration.ts";
import { serviceOf } from "../model/support/serviceOf.ts";
import { renderContext } from "../render/support/renderContext.ts";

const one = serviceOf({ appId: "/one", port: 10001 });
const two = serviceOf({ appId: "/two", port: 10002 });
const both = renderConfiguration([one, two], renderContext());

function ports(held: string, configuration = both): string[] {
  return newBinds([held], configuration).map(({ address, service }) => `${address.port} ${service?.appId}`);
}

Deno.test("newBinds: everything, when HAProxy holds nothing", () => {
  assert.deepEqual(ports(""), [
    "9090 undefined",
    "80 undefined",
    "9091 undefined",
    "443 undefined",
    "10001 /one",
    "10002 /two",
  ]);
});

Deno.test("newBinds: only what HAProxy does not hold yet", () => {
  assert.deepEqual(ports(renderConfiguration([one], renderContext()).text), ["10002 /two"]);
  assert.deepEqual(ports(both.text), []);
});

const address = fc.tuple(
  fc.constantFrom("*", "", "127.0.0.1", "[::1]", "::", "ipv6@*", "localhost"),
  fc.constantFrom("80", "080", "81", "443", "8080", "8082", "10001", "18080"),
  fc.constantFrom("", "", "", "-8090", "-18090"),
).map(([host, port, range]) => `${host}:${port}${range}`);
const line = fc.tuple(
  fc.constantFrom("  ", "\t", ""),
  fc.constantFrom("bind", "bind", "bind", "mode bind", "# bind", "bindx"),
  fc.array(address, { minLength: 1, maxLength: 3 }),
  fc.constantFrom("", "", " v6only", " interface eth0", " # bind *:80"),
).map(([indent, keyword, addresses, settings]) => `${indent}${keyword} ${addresses.join(",")}${settings}\n`);
const someLines = fc.array(line, { maxLength: 6 });

Deno.test("newBinds: reads of the file that HAProxy runs as much as if it read each line", () =>
  fc.assert(
    fc.property(someLines, someLines, someLines, (first, second, next) => {
      const held = [...first, ...second];
      const key = ({ host, port, ipv6Only }: BindAddress) => `${host} ${port} ${ipv6Only}`;
      const known = new Set(held.flatMap(parseBindLine).map(key));
      const expected = new Set(next.flatMap(parseBindLine).map(key)).difference(known);
      const found = newBinds([first.join(""), second.join("")], { chunks: [{ text: next.join("") }] });
      assert.deepEqual(found.map(({ address }) => key(address)), [...expected]);
    }),
    { numRuns: 1_000 },
  ));

Deno.test("newBinds: another address is another port", () => {
  const bound = serviceOf({ appId: "/one", port: 10001, labels: { BIND_ADDR: ["127.0.0.1"] } });
  assert.deepEqual(ports(both.text, renderConfiguration([bound, two], renderContext())), ["10001 /one"]);
});

Deno.test("newBinds: each port once, with the line of the first service that binds it", () => {
  const chunks = [
    { text: "frontend a\n  bind *:80\n" },
    { text: "frontend b\n  mode tcp\n  bind *:80,*:81\n", service: one },
  ];
  assert.deepEqual(newBinds([], { chunks }).map(({ address, line }) => [address.port, line]), [[80, 2], [
    81,
    5,
  ]]);
});

Deno.test("newBinds: the line leads to the service", () => {
  for (const { line, service } of newBinds([], both)) {
    const blamed = [...blame([{ severity: "alert", line, message: "taken" }], both, [one, two]).keys()];
    assert.deepEqual(blamed, service ? [service] : []);
  }
});

Deno.test("newBinds: a service that binds more ports than an address has is reported once", () => {
  const line = "  bind *:1-40000,127.0.0.1:1-40000\n";
  const chunks = [{ text: "global\n" }, { text: `frontend a\n  mode tcp\n${line}${line}`, service: one }];
  const expected = {
    address: { host: "0.0.0.0", port: 1, ipv6Only: false },
    line: 4,
    service: one,
    excessive: true,
  };
  assert.deepEqual(newBinds([], { chunks }), [expected]);
  assert.deepEqual(newBinds([line], { chunks }), [expected]);
  assert.equal(newBinds([], { chunks: [{ text: "  bind *:1-65535\n", service: one }] }).length, 65_535);
});

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
