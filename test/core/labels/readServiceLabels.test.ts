import assert from "node:assert/strict";
import { readServiceLabels } from "../../../lib/core/labels/readServiceLabels.ts";
import { appOf } from "../model/support/appOf.ts";

function read(name: string, value: string): unknown {
  const labels: Record<string, unknown> = readServiceLabels(
    appOf({ labels: { [`HAPROXY_1_${name}`]: value } }),
    1,
  );
  return labels[name];
}

const readable: [name: string, value: string, expected: unknown][] = [
  ["ENABLED", " Yes ", true],
  ["ENABLED", "off", false],
  ["ENABLED", "", false],
  ["GROUP", "internal, external ,", ["internal", "external"]],
  ["GROUP", "", []],
  ["VHOST", "WWW.Example.com , b.example.com", ["www.example.com", "b.example.com"]],
  ["VHOST", " ", undefined],
  ["PATH", " -i /a /b ", "-i /a /b"],
  ["PATH", "", undefined],
  ["PATH", "/a-f /-f -m beg", "/a-f /-f -m beg"],
  ["BACKEND_WEIGHT", "+10", 10],
  ["BACKEND_WEIGHT", "-3", -3],
  ["BACKEND_WEIGHT", "", undefined],
  ["AUTH", "realm:alice:$5$salt$hash", { realm: "realm", user: "alice", password: "$5$salt$hash" }],
  ["STICKY", "t", true],
  ["PORT", "1", 1],
  ["PORT", " 65535 ", 65535],
  ["PORT", "0080", 80],
  ["MODE", "HTTP", "http"],
  ["MODE", "tcp", "tcp"],
  ["BIND_ADDR", " 127.0.0.1 ", "127.0.0.1"],
  ["BALANCE", "leastconn", "leastconn"],
  ["BIND_OPTIONS", "ssl no-sslv3", "ssl no-sslv3"],
  ["BACKEND_NETWORK_ALLOWED_ACL", " 127.0.0.1/8   10.0.0.1 ", ["127.0.0.1/8", "10.0.0.1"]],
  ["BACKEND_HEALTHCHECK_PORT_INDEX", "1", 1],
];
for (const [name, value, expected] of readable) {
  Deno.test(`readServiceLabels: ${name} of ${JSON.stringify(value)}`, () => {
    assert.deepEqual(read(name, value), expected);
  });
}

const unreadable: [name: string, value: string, shown: string, expected: string][] = [
  ["PORT", "http", '"http"', "a port from 1 to 65535"],
  ["PORT", "0", '"0"', "a port from 1 to 65535"],
  ["PORT", "65536", '"65536"', "a port from 1 to 65535"],
  ["PORT", "-1", '"-1"', "a port from 1 to 65535"],
  ["PORT", "80.5", '"80.5"', "a port from 1 to 65535"],
  ["BACKEND_WEIGHT", "heavy", '"heavy"', "an integer"],
  ["BACKEND_WEIGHT", "1e3", '"1e3"', "an integer"],
  ["BACKEND_HEALTHCHECK_PORT_INDEX", "first", '"first"', "an integer"],
  ["MODE", "udp", '"udp"', "`tcp` or `http`"],
  ["AUTH", "alice:secret", '"alice:…"', "`realm:user:crypted password`"],
  ["AUTH", "realm:alice:", '"realm:…"', "`realm:user:crypted password`"],
  ["AUTH", "realm:alice:a:b", '"realm:…"', "`realm:user:crypted password`"],
  ["VHOST", "a.com\nbackend evil", '"a.com\\nbackend evil"', "no control characters"],
  ["BIND_OPTIONS", "ssl\rx", '"ssl\\rx"', "no control characters"],
  ["GROUP", "a\u0085b", '"a\\u0085b"', "no control characters"],
  ["PATH", "-i -f /dev/zero", '"-i -f /dev/zero"', "no -f, which reads a file"],
  ["PATH", '-""f /dev/zero', '"-\\"\\"f /dev/zero"', "no -f, which reads a file"],
  ["VHOST", "-f /dev/zero", '"-f /dev/zero"', "no -f, which reads a file"],
  ["VHOST", "\\x2d\\x66 /x", '"\\\\x2d\\\\x66 /x"', "no -f, which reads a file"],
  ["HTTP_BACKEND_REDIR", "/x if { path '-f' /x }", `"/x if { path '-f' /x }"`, "no -f, which reads a file"],
  ["AUTH", 'x" if { src -f /x } #:u:p', '"x\\" if { src -f /x } #:…"', "no -f, which reads a file"],
  ["STICKY", "t\0", '"t\\u0000"', "no control characters"],
];
for (const [name, value, shown, expected] of unreadable) {
  Deno.test(`readServiceLabels: ${name} of ${JSON.stringify(value)} cannot be read`, () => {
    assert.throws(() => read(name, value), {
      name: "RangeError",
      message: `HAPROXY_1_${name} is ${shown}; expected ${expected}`,
    });
  });
}

Deno.test("readServiceLabels: only the labels of its own index, and none it does not know", () => {
  const app = appOf({
    labels: {
      HAPROXY_0_PORT: "x",
      HAPROXY_PORT: "x",
      HAPROXY_10_PORT: "x",
      HAPROXY_1_OTHER: "x",
      HAPROXY_1_PORT: "9",
    },
  });
  assert.deepEqual(readServiceLabels(app, 1), { PORT: 9 });
});

Deno.test("readServiceLabels: the password of a malformed AUTH is not shown", () => {
  for (const value of ["realm:alice:secret:", "alice:secret", "realm:alice:secret\n "]) {
    assert.throws(() => read("AUTH", `${value}x`), (error: Error) => !error.message.includes("secret"));
  }
});
