import assert from "node:assert/strict";
import { readServiceLabels } from "../../../lib/core/labels/readLabels.ts";
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
  ["PATH", "/a-f   /-f", "/a-f /-f"],
  ["PATH", "api", "api"],
  ["PATH", "/a%20b/~c;v=1,2@(x)*", "/a%20b/~c;v=1,2@(x)*"],
  ["VHOST", "_a.b-c.example, *.Example.com,10.0.0.1,single,dot.example.", [
    "_a.b-c.example",
    "*.example.com",
    "10.0.0.1",
    "single",
    "dot.example.",
  ]],
  ["VHOST", `${"a".repeat(63)}.example`, [`${"a".repeat(63)}.example`]],
  ["BACKEND_WEIGHT", "+10", 10],
  ["BACKEND_WEIGHT", "-3", -3],
  ["BACKEND_WEIGHT", "", undefined],
  ["AUTH", "My Realm:alice:$5$salt$hash", {
    realm: "My Realm",
    user: "alice",
    password: { text: "$5$salt$hash", scheme: "sha256crypt", cost: 5_000, complete: false },
  }],
  ["AUTH_EVERYWHERE", "yes", true],
  ["STICKY", "t", true],
  ["PORT", "1", 1],
  ["PORT", " 65535 ", 65535],
  ["PORT", "0080", 80],
  ["MODE", "HTTP", "http"],
  ["MODE", "tcp", "tcp"],
  ["BIND_ADDR", " 127.0.0.1 ", ["127.0.0.1"]],
  ["BIND_ADDR", "*", ["*"]],
  ["BIND_ADDR", "10.0.0.1, ipv4@10.0.0.2 ,", ["10.0.0.1", "10.0.0.2"]],
  ["BIND_ADDR", "::1,[2001:DB8:0:0::1],ipv6@::", ["::1", "2001:db8::1", "::"]],
  ["BALANCE", "leastconn", "leastconn"],
  ["BALANCE", "uri  len 10 depth 3", "uri len 10 depth 3"],
  ["BALANCE", "url_param user.id check_post 64", "url_param user.id check_post 64"],
  ["BALANCE", "hdr(User-Agent) use_domain_only", "hdr(User-Agent) use_domain_only"],
  ["BALANCE", "random(3)", "random(3)"],
  ["BALANCE", "rdp-cookie", "rdp-cookie"],
  ["BALANCE", "hash req.hdr(x-user)", "hash req.hdr(x-user)"],
  ["BIND_OPTIONS", "ssl  no-sslv3", "ssl no-sslv3"],
  [
    "BIND_OPTIONS",
    "ssl crt /etc/ssl/a.pem alpn h2,http/1.1 verify required ca-file @system-ca",
    "ssl crt /etc/ssl/a.pem alpn h2,http/1.1 verify required ca-file @system-ca",
  ],
  [
    "BIND_OPTIONS",
    "ciphers ECDHE+AESGCM:!aNULL@SECLEVEL=1 mss -6",
    "ciphers ECDHE+AESGCM:!aNULL@SECLEVEL=1 mss -6",
  ],
  ["SSL_CERT", "certs/a_b-1.pem", "certs/a_b-1.pem"],
  ["HTTP_BACKEND_PROXYPASS_PATH", "/a.b/c++", "/a.b/c++"],
  ["HTTP_BACKEND_REVPROXY_PATH", "/", "/"],
  ["HTTP_BACKEND_REDIR", "/a%20b/?c=d&e=f", "/a%20b/?c=d&e=f"],
  ["HTTP_BACKEND_REDIR", "https://other.example:8443/x?y", "https://other.example:8443/x?y"],
  ["HTTP_BACKEND_REDIR", "http://other.example", "http://other.example"],
  ["HTTP_BACKEND_REDIR", "welcome", "welcome"],
  ["BACKEND_NETWORK_ALLOWED_ACL", " 127.0.0.1/8   10.0.0.1 ", ["127.0.0.1/8", "10.0.0.1"]],
  ["BACKEND_NETWORK_ALLOWED_ACL", "10.0.0.0/255.0.0.0 ::1 2001:db8::/32", [
    "10.0.0.0/255.0.0.0",
    "::1",
    "2001:db8::/32",
  ]],
  ["BACKEND_HEALTHCHECK_PORT_INDEX", "1", 1],
  ["BACKEND_PROTO", "h2", "h2"],
  ["BACKEND_TLS", "Verify", "verify"],
  ["BACKEND_TLS", "true", "true"],
  ["BACKEND_TLS", "false", "false"],
  ["BACKEND_CA_FILE", "internal-CA_1.pem", "internal-CA_1.pem"],
  ["BACKEND_SNI", "Shop.Internal.", "shop.internal."],
  ["RATE_LIMIT", " 100/10s ", { requests: 100, period: "10s", seconds: 10 }],
  ["RATE_LIMIT", "5/m", { requests: 5, period: "1m", seconds: 60 }],
  ["RATE_LIMIT", "1/1500ms", { requests: 1, period: "1500ms", seconds: 2 }],
  ["RATE_LIMIT", "999999999/1d", { requests: 999_999_999, period: "1d", seconds: 86_400 }],
  ["RATE_LIMIT", "", undefined],
  ["MAXCONN", "1", 1],
  ["MAXCONN", "1000000", 1_000_000],
  ["RETRIES", "0", 0],
  ["RETRIES", "100", 100],
  ["REDISPATCH", "yes", true],
  ["REDISPATCH", "no", false],
  ...["CONNECT", "SERVER", "QUEUE", "TUNNEL", "CLIENT", "HTTP_REQUEST", "HTTP_KEEP_ALIVE"].map((
    name,
  ): [string, string, unknown] => [`TIMEOUT_${name}`, " 24d ", "24d"]),
  ["TIMEOUT_SERVER", "1ms", "1ms"],
  ["TIMEOUT_SERVER", "2073600s", "2073600s"],
];
for (const [name, value, expected] of readable) {
  Deno.test(`readServiceLabels: ${name} of ${JSON.stringify(value)}`, () => {
    assert.deepEqual(read(name, value), expected);
  });
}

const duration = "a time above 0, of at most 24 days, with one of the units `ms`, `s`, `m`, `h`, `d`";
const rate =
  "requests and a period of at most a day, such as `100/10s` or `5/m`, with one of the units `ms`, `s`, `m`, `h`, `d`";

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
  ["AUTH", "", '"…"', "`realm:user:crypted password`"],
  ["AUTH", "realm:alice:", '"realm:…"', "`realm:user:crypted password`"],
  ["AUTH", "realm:alice:a:b", '"realm:…"', "`realm:user:crypted password`"],
  ["VHOST", "a.com\nbackend evil", '"a.com\\nbackend evil"', "no control characters"],
  ["BIND_OPTIONS", "ssl\rx", '"ssl\\rx"', "no control characters"],
  ["GROUP", "a\u0085b", '"a\\u0085b"', "no control characters"],
  [
    "AUTH",
    'x" if { src -f /x } #:u:p',
    '"x\\" if { src -f /x } #:…"',
    'a realm of printable characters other than " \\ $',
  ],
  ["STICKY", "t\0", '"t\\u0000"', "no control characters"],
  ["BACKEND_PROTO", "h3", '"h3"', "`h1` or `h2`"],
  ["BACKEND_TLS", "yes", '"yes"', "`true`, `verify` or `false`"],
  ["BACKEND_TLS", "verfy", '"verfy"', "`true`, `verify` or `false`"],
  ...["0/s", "10", "10/", "10/0s", "/s", "-1/s", "1.5/s", "10/25h", "10/2d", "10/5us", "10/5w", "1e3/s"]
    .map((value): [string, string, string, string] => ["RATE_LIMIT", value, `"${value}"`, rate]),
  ...["0", "1000001", "-1", "1.5", "+5", "ten"].map((value): [string, string, string, string] => [
    "MAXCONN",
    value,
    `"${value}"`,
    "an integer from 1 to 1000000",
  ]),
  ["RETRIES", "101", '"101"', "an integer from 0 to 100"],
  ["RETRIES", "-1", '"-1"', "an integer from 0 to 100"],
  ...["30", "0s", "0ms", "25d", "1.5s", "-1s", "1 s", "5us", "1w", "1s;", "999999999d"].map((
    value,
  ): [string, string, string, string] => ["TIMEOUT_SERVER", value, `"${value}"`, duration]),
];
for (const [name, value, shown, expected] of unreadable) {
  Deno.test(`readServiceLabels: ${name} of ${JSON.stringify(value)} cannot be read`, () => {
    assert.throws(() => read(name, value), {
      name: "RangeError",
      message: `HAPROXY_1_${name} is ${shown}; expected ${expected}`,
    });
  });
}

const hosts = "a comma list of host names; upper case becomes lower";
const addresses = "`*`, an IPv4 or IPv6 address, or a comma list of them, each without a port";
const file =
  "a path of letters, digits and `._~+=@:%-/`, without `..` and not below `/dev`, `/proc` or `/sys`";
const options = "options of HAProxy's `bind` that concern the port alone";
const location = "a path, or a URL that begins with `http://` or `https://`";

/** What could end a word, a line, a quote, a condition or a command, read a file, or name what is not the service's own. */
const hostile: Readonly<Record<string, readonly [expected: string, values: readonly string[]]>> = {
  BACKEND_CA_FILE: [
    "the name of a file in `--backend-ca-dir`, of letters, digits and `._-`, without a directory",
    [
      "/etc/passwd",
      "../private/key.pem",
      "..",
      ".",
      ".hidden",
      "certs/ca.pem",
      "@system-ca",
      "-v",
      "ca.pem crt /etc/ssl/cert.pem",
      "~/ca.pem",
      "%[env(HOME)]",
      "a".repeat(129),
    ],
  ],
  BACKEND_SNI: ["a host name; upper case becomes lower", [
    "10.0.0.1",
    "::1",
    "*.example.com",
    "a.com) verify none",
    "a.com),str(b.com",
    "str(a.com)",
    "a.com,b.com",
    "a_b c",
    "%[req.hdr(host)]",
  ]],
  VHOST: [hosts, [
    "e2.com;@master;hard-reload",
    "e6.com <<",
    "e8.com victim_33100",
    "zz.com } or { always_true",
    "-f /dev/zero",
    "-f",
    "\\x2d\\x66 /x",
    "a.com:80",
    "[::1]",
    "a..com",
    ".a.com",
    "a-.com",
    "*",
    "*a.com",
    "a.*.com",
    "*.*.com",
    "http://a.com",
    "a.com/x",
    "bücher.example",
    "a.com#",
    'a".com',
    "${HOME}",
    "%[env(HOME)]",
    `${"a".repeat(64)}.com`,
    "a.".repeat(150) + "com",
  ]],
  PATH: ["one or more paths, each a prefix for HAProxy's `path_beg`, `-i` allowed before them", [
    "-i -f /dev/zero",
    "-f /dev/zero",
    '-""f /dev/zero',
    "/a -m beg",
    "-m reg ^/a",
    "-i",
    "/x } or { always_true",
    '"/a b"',
    "/a\\ b",
    "/a#b",
    "/${HOME}",
    "/a%",
    "/%zz",
    "/%[path]",
    "/ü",
  ]],
  HTTP_BACKEND_PROXYPASS_PATH: ["a path", [
    "%[path,map_str(/dev/zero)]",
    "/%[path,map_str(/dev/zero)]",
    '/a"',
    "/a'",
    "/a b",
    "/(a|b)",
    "/a[b]",
    "/a{9}",
    "/a?",
    "/a\\1",
    "^/a",
    "/a$",
  ]],
  HTTP_BACKEND_REVPROXY_PATH: ["a path", [
    "/%[path,map_str(/dev/zero)]",
    '/a"',
    "/\\1",
    "/%ci",
    "/a b",
    "/a#",
  ]],
  HTTP_BACKEND_REDIR: [location, [
    "%[path,map_str(/dev/zero)]",
    "/x if { path '-f' /x }",
    "/x if TRUE",
    '/a"',
    "/%{+Q}r",
    "/%ci",
    "/a#/b",
    "https://a.com:99999999/",
    "javascript:alert(1)",
    "https://a b/",
    "  acl is_root path -i /  redirect code 301 location {redirpath}",
  ]],
  BIND_ADDR: [addresses, [
    "127.0.0.1:80,127.0.0.1",
    "*:10001,*",
    "*:1-65535,*",
    "127.0.0.1:80",
    ":80",
    ":",
    ",",
    "[::1]:80",
    "localhost",
    "127.1",
    "2130706433",
    "0x7f.0.0.1",
    "127.0.0.01",
    "300.0.0.1",
    "::ffff:127.0.0.1",
    "fe80::1%lo",
    "ipv4@::1",
    "ipv6@10.0.0.1",
    "unix@/x.sock",
    "/x.sock",
    "abns@x",
    "fd@3",
    "sockpair@3",
    "udp@10.0.0.1",
    "quic4@10.0.0.1",
    "rhttp@x",
    "${HOME}",
    '"*"',
    "10.0.0.1 10.0.0.2",
    "10.0.0.1,10.0.0.1",
    Array.from({ length: 33 }, (_, n) => `10.0.0.${n}`).join(),
  ]],
  SSL_CERT: [file, [
    "/dev/zero",
    "//dev/stdin",
    "/./proc/self/mem",
    "/sys/x",
    "/etc/../dev/zero",
    "../../dev/zero",
    "/a.pem crt /b.pem",
    "/a.pem,/b.pem",
    '"/a.pem"',
    "/a'b",
    "/a\\b",
    "/a#b",
    "${HOME}/a.pem",
    "@store/a",
    "/",
  ]],
  BIND_OPTIONS: [options, [
    "level admin",
    "expose-fd listeners",
    "namespace other",
    "mode 666",
    "user root",
    "uid 0",
    "transparent",
    "process 1",
    "thread 1",
    "shards 64",
    "nice -1024",
    "crt-list /etc/passwd",
    "ca-sign-file /ca.pem generate-certificates",
    "no-such-option",
    "ssl crt /dev/zero",
    "ssl crt",
    "crt @store/a",
    "maxconn x",
    "verify maybe",
    "tfo, *:80",
    "tfo #",
    '"tfo"',
    "name ${HOME}",
  ]],
  BALANCE: ["an algorithm of HAProxy's `balance`: ", [
    "nonsense",
    "roundrobin } {",
    "hdr(",
    "hdr(a b)",
    "hash path,map_str(/dev/zero)",
    "hash lua.x",
    "hash str(x)",
    "source #",
    "uri len x",
    "random(-1)",
  ]],
  BACKEND_NETWORK_ALLOWED_ACL: ["a space list of addresses or CIDRs", [
    "-f /dev/zero",
    "10.0.0.0/33",
    "10.0.0.0/255.0.255.0",
    "::/129",
    "300.0.0.0/8",
    "10.0.0.1,10.0.0.2",
    "localhost",
    "10.0.0.1/8/8",
    "} || {",
  ]],
};
for (const [name, [expected, values]] of Object.entries(hostile)) {
  for (const value of values) {
    Deno.test(`readServiceLabels: ${name} of ${JSON.stringify(value).slice(0, 60)} is refused`, () => {
      assert.throws(() => read(name, value), (error: Error) => {
        const quoted = JSON.stringify(value);
        const shown = quoted.length > 80 ? quoted.slice(0, 79) : quoted;
        assert.ok(error instanceof RangeError, String(error));
        assert.ok(error.message.startsWith(`HAPROXY_1_${name} is ${shown}`), error.message);
        assert.ok(error.message.includes(`; expected ${expected}`), error.message);
        return true;
      });
    });
  }
}

Deno.test("readServiceLabels: the part of a list or of options that is at fault is named", () => {
  const faults: [name: string, value: string, end: string][] = [
    ["VHOST", "a.com,b c", ': "b c" is no host name'],
    ["PATH", "/a /b#", ': "/b#" is no path'],
    ["BIND_ADDR", "10.0.0.1,x", ': "x" is no such address'],
    ["BACKEND_NETWORK_ALLOWED_ACL", "10.0.0.1 x", ': "x" is no address and no CIDR'],
    ["BIND_OPTIONS", "ssl level admin", ': "level" is no option that a label may set'],
    ["BIND_OPTIONS", "verify maybe", ': "maybe" is no argument of "verify"'],
    ["BIND_OPTIONS", "ssl crt", ': "crt" has no argument'],
  ];
  for (const [name, value, end] of faults) {
    assert.throws(() => read(name, value), (error: Error) => error.message.endsWith(end), `${name} ${value}`);
  }
});

Deno.test("readServiceLabels: a value longer than anything that HAProxy takes is refused before it is read", () => {
  assert.throws(() => read("VHOST", "a.b,".repeat(20_000)), /; expected at most 65536 characters$/);
  assert.equal((read("VHOST", "a.b,".repeat(16_384)) as string[]).length, 16_384);
});

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
