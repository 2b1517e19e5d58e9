import assert from "node:assert/strict";
import { labelKinds } from "../../../lib/core/labels/labelKinds.ts";
import { type LabelRow, labelTable } from "../../../lib/core/labels/labelTable.ts";
import { marathonApp } from "../model/support/marathonApp.ts";
import { generate } from "../render/support/generate.ts";

const services = (labelTable as readonly LabelRow[]).filter(({ scope }) => scope === "service");

/** Whatever ends a word, a quote, a condition or a line in some syntax, apart from control characters. */
const hostile = [
  "} or { always_true }",
  "#",
  "'x'",
  '"x"',
  "\\",
  "${HOME}",
  "%[env(HOME)]",
  "{backend}",
  "{{x}}",
  " -f /dev/zero",
];

/** Labels whose text is not limited: it is compared with other texts, or read as yes or no. */
const freeText = [
  "GROUP",
  "ENABLED",
  "EXPOSE_PORT",
  "AUTH_EVERYWHERE",
  "STICKY",
  "REDIRECT_TO_HTTPS",
  "USE_HSTS",
  "REDISPATCH",
  "SNI_PASSTHROUGH",
  "TRAFFIC_SHARE_STICKY",
];

/** For the labels that are written somewhere, a value and what of it can be looked for. */
const marked: Readonly<Record<string, readonly [value: string, marker: string]>> = {
  VHOST: ["marker.test", "marker.test"],
  PATH: ["/marker", "/marker"],
  // What its parts may hold, auth.test.ts has.
  AUTH: [
    "marker } or { always_true } # ' %[env(marker)] {backend} {{x}} [a]:marker}{%[x]:$5$marker",
    "marker",
  ],
  SSL_CERT: ["/marker.pem", "marker.pem"],
  BIND_OPTIONS: ["name marker", "name marker"],
  BIND_ADDR: ["10.9.8.7,::9", "bind 10.9.8.7:10001,[::9]:10001 "],
  PORT: ["54321", ":54321"],
  BALANCE: ["hdr(marker)", "hdr(marker)"],
  HTTP_BACKEND_PROXYPASS_PATH: ["/marker", "/marker"],
  HTTP_BACKEND_REVPROXY_PATH: ["/marker", "/marker"],
  HTTP_BACKEND_REDIR: ["/marker", "/marker"],
  BACKEND_NETWORK_ALLOWED_ACL: ["10.9.8.7", "10.9.8.7"],
  BACKEND_PROTO: ["h1", "proto h1"],
  BACKEND_CA_FILE: ["marker.pem", "ca-file /etc/ssl/marker.pem"],
  BACKEND_SNI: ["marker.test", "sni str(marker.test)"],
  RATE_LIMIT: ["98765/43s", "gt 98765 }"],
  MAXCONN: ["98765", "maxconn 98765"],
  RETRIES: ["87", "retries 87"],
  TIMEOUT_CONNECT: ["98765ms", "timeout connect 98765ms"],
  TIMEOUT_SERVER: ["98765ms", "timeout server 98765ms"],
  TIMEOUT_QUEUE: ["98765ms", "timeout queue 98765ms"],
  TIMEOUT_TUNNEL: ["98765ms", "timeout tunnel 98765ms"],
  TIMEOUT_CLIENT: ["98765ms", "timeout client 98765ms"],
  TIMEOUT_HTTP_REQUEST: ["98765ms", "timeout http-request 98765ms"],
  TIMEOUT_HTTP_KEEP_ALIVE: ["98765ms", "timeout http-keep-alive 98765ms"],
};

/** All that a service can have, so that every label is written somewhere. */
const everything = {
  HAPROXY_0_MODE: "http",
  HAPROXY_0_VHOST: "a.test",
  HAPROXY_0_PATH: "/a",
  HAPROXY_0_AUTH: "r:u:$5$s$h",
  HAPROXY_0_SSL_CERT: "/a.pem",
  HAPROXY_0_BIND_OPTIONS: "alpn h2",
  HAPROXY_0_BALANCE: "leastconn",
  HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH: "/a",
  HAPROXY_0_HTTP_BACKEND_REVPROXY_PATH: "/a",
  HAPROXY_0_HTTP_BACKEND_REDIR: "/a",
  HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL: "10.0.0.1",
  HAPROXY_0_BACKEND_PROTO: "h2",
  HAPROXY_0_BACKEND_TLS: "verify",
  HAPROXY_0_BACKEND_CA_FILE: "a.pem",
  HAPROXY_0_BACKEND_SNI: "a.test",
  HAPROXY_0_RATE_LIMIT: "1/1s",
  HAPROXY_0_RETRIES: "1",
  HAPROXY_0_TIMEOUT_CONNECT: "1s",
  HAPROXY_0_TIMEOUT_SERVER: "1s",
  HAPROXY_0_TIMEOUT_QUEUE: "1s",
  HAPROXY_0_TIMEOUT_TUNNEL: "1s",
  HAPROXY_0_TIMEOUT_CLIENT: "1s",
  HAPROXY_0_TIMEOUT_HTTP_REQUEST: "1s",
  HAPROXY_0_TIMEOUT_HTTP_KEEP_ALIVE: "1s",
};

function served(name: string, value: string) {
  const labels = { ...everything, [`HAPROXY_0_${name}`]: value };
  return generate({ apps: [marathonApp({ id: "/a", portDefinitions: [{ port: 10_001 }], labels })] });
}

/** The heads of the sections that hold a text. */
function headsOf(text: string, marker: string): string[] {
  const sections = text.split(/^(?=\S)/m).filter((section) => section.includes(marker));
  return sections.map((section) => section.split("\n")[0]!);
}

const ownSection = /^(frontend|backend|userlist) (user_)?a_\d+$/;

for (const { name, kind } of services) {
  if (freeText.includes(name)) {
    Deno.test(`reach of HAPROXY_0_${name}: its text is written nowhere`, () => {
      assert.doesNotMatch(served(name, "marker").text, /marker/);
    });
    continue;
  }

  // What may stand in AUTH is not for this test.
  if (name !== "AUTH") {
    Deno.test(`reach of HAPROXY_0_${name}: what is not of its kind leaves the service out, and is written nowhere`, () => {
      const [value = "1", marker = "a_10001"] = marked[name] ?? [];
      for (const text of hostile.flatMap((part) => [part, `${value}${part}`, `${value} ${part}`])) {
        const { text: configuration, problems } = served(name, text);
        assert.doesNotMatch(configuration, /a_10001/, text);
        assert.ok(!configuration.includes(marker), text);
        // What is no path may be one without a slash too.
        const others = problems.filter((one) => one.code !== "path-without-slash");
        assert.equal(others.length, 1);
        const { message, hint: _, code, ...problem } = others[0]!;
        assert.deepEqual(problem, { severity: "excluded", app: "/a", index: 0 });
        // What looks like a URL has a code of its own.
        assert.ok(code === "service-unreadable" || name === "VHOST" && code === "vhost-unreadable", code);
        assert.ok(message.startsWith(`/a: service 0 is left out: HAPROXY_0_${name} is "`), message);
      }
    });
  }

  const [value, marker] = marked[name] ?? [];
  if (value === undefined || marker === undefined) continue;
  const { reach } = labelKinds[kind];
  Deno.test(`reach of HAPROXY_0_${name}: it adds no line and is where its kind says, ${reach}`, () => {
    const { text, problems } = served(name, value);
    const plain = served("MODE", "http");
    // That the port is open without the login, and that no login passes.
    assert.deepEqual(plain.problems.map(({ severity }) => severity), ["warning", "warning"]);
    assert.deepEqual(problems.map(({ severity }) => severity), ["warning", "warning"]);
    const keywords = (text: string) => text.split("\n").map((line) => line.trim().split(" ")[0]);
    assert.deepEqual(keywords(text), keywords(plain.text));
    const heads = headsOf(text, marker);
    assert.ok(heads.length > 0);
    if (reach === "service") { for (const head of heads) assert.match(head, ownSection); }
  });
}

Deno.test("reach: the labels with a word in shared sections are known, and of a kind that is shared", () => {
  const shared = services.filter(({ name }) => {
    const [value, marker] = marked[name] ?? [];
    if (value === undefined || marker === undefined) return false;
    return headsOf(served(name, value).text, marker).some((head) => !ownSection.test(head));
  });
  assert.deepEqual(shared.map(({ name, kind }) => `${name} ${labelKinds[kind].reach}`), [
    "VHOST shared",
    "PATH shared",
    "AUTH shared",
  ]);
});
