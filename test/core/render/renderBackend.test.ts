import assert from "node:assert/strict";
import { marathonApp } from "../model/support/marathonApp.ts";
import { generate } from "./support/generate.ts";
import { section } from "./support/section.ts";

const server = "server 10_0_0_1_31000 10.0.0.1:31000 id 28035";
const http = [
  "option forwardfor",
  "http-request set-header X-Forwarded-Port %[dst_port]",
  "http-request add-header X-Forwarded-Proto https if { ssl_fc }",
];

function backend(labels: Record<string, string>, members: Record<string, unknown> = {}): string[] {
  const prefixed = Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [`HAPROXY_0_${name}`, value]),
  );
  const { text, problems } = generate({ apps: [marathonApp({ labels: prefixed, ...members })] });
  assert.deepEqual(problems, []);
  return section(text, "backend web_10001");
}

const VHOST = "a.com,b.org";
const table: [what: string, labels: Record<string, string>, expected: string[]][] = [
  ["tcp", {}, ["balance roundrobin", "mode tcp", server]],
  ["http", { MODE: "http" }, ["balance roundrobin", "mode http", ...http, server]],
  ["another balance", { BALANCE: "leastconn" }, ["balance leastconn", "mode tcp", server]],
  ["sticky, with a check to make the cookie useful", { STICKY: "true" }, [
    "balance roundrobin",
    "mode tcp",
    "cookie mesosphere_server_id insert indirect nocache",
    `${server} check cookie 13d473d85a`,
  ]],
  ["HSTS", { MODE: "http", USE_HSTS: "yes" }, [
    "balance roundrobin",
    "mode http",
    "http-response set-header Strict-Transport-Security max-age=15768000",
    ...http,
    server,
  ]],
  ["HSTS is not for tcp", { USE_HSTS: "yes" }, ["balance roundrobin", "mode tcp", server]],
  ["networks of a tcp service", { BACKEND_NETWORK_ALLOWED_ACL: "127.0.0.1/8 10.1.55.43" }, [
    "balance roundrobin",
    "mode tcp",
    "acl network_allowed src 127.0.0.1/8",
    "acl network_allowed src 10.1.55.43",
    "tcp-request content accept if network_allowed",
    "tcp-request content reject",
    server,
  ]],
  ["networks of an http service", { MODE: "http", BACKEND_NETWORK_ALLOWED_ACL: "::1" }, [
    "balance roundrobin",
    "mode http",
    ...http,
    "acl network_allowed src ::1",
    "http-request allow if network_allowed",
    "http-request deny",
    server,
  ]],
  ["proxypass", { VHOST, HTTP_BACKEND_PROXYPASS_PATH: "/path" }, [
    "balance roundrobin",
    "mode http",
    ...http,
    "http-request set-header Host a.com",
    'http-request replace-path "(?i)^/path/?(.*)" "/\\1"',
    server,
  ]],
  ["proxypass without a vhost", { MODE: "http", HTTP_BACKEND_PROXYPASS_PATH: "/path" }, [
    "balance roundrobin",
    "mode http",
    ...http,
    'http-request replace-path "(?i)^/path/?(.*)" "/\\1"',
    server,
  ]],
  ["redir", { VHOST, HTTP_BACKEND_REDIR: "/home" }, [
    "balance roundrobin",
    "mode http",
    ...http,
    "acl is_root path -i /",
    "acl is_domain req.hdr(host),host_only -i a.com b.org",
    "http-request redirect code 301 location /home if is_domain is_root",
    server,
  ]],
  ["redir without a vhost", { MODE: "http", HTTP_BACKEND_REDIR: "/home" }, [
    "balance roundrobin",
    "mode http",
    ...http,
    "acl is_root path -i /",
    "http-request redirect code 301 location /home if is_root",
    server,
  ]],
];
for (const [what, labels, expected] of table) {
  Deno.test(`renderBackend: ${what}`, () => assert.deepEqual(backend(labels), expected));
}

/** The rewriting of `Location` that the revproxy line does, by JavaScript's regular expressions. */
function rewrite(labels: Record<string, string>, location: string): string {
  const line = backend({ MODE: "http", ...labels }).find((line) => line.includes("replace-header Location"))!;
  const [, pattern, replacement] = /replace-header Location "\(\?i\)(.*)" "(.*)" if/.exec(line)!;
  // JavaScript gives up an optional group that matched nothing, with what was captured in it; PCRE keeps it.
  const same = pattern!.replace(/^\^\((.*)\)\?\(\/\.\*\)$/, "^(?:($1)|)(/.*)");
  assert.notEqual(same, pattern);
  return location.replace(new RegExp(same, "i"), replacement!.replace(/\\(\d)/g, "$$$1"));
}

const locations: [root: string, vhost: string | undefined, location: string, expected: string][] = [
  ["/root", VHOST, "http://a.com/x/y", "/root/x/y"],
  ["/root", VHOST, "https://B.org:8443/x", "/root/x"],
  ["/root", VHOST, "/x", "/root/x"],
  ["/root/", VHOST, "/x", "/root/x"],
  ["/root/", VHOST, "http://a.com/x", "/root/x"],
  ["/root", VHOST, "http://aXcom/x", "http://aXcom/x"],
  ["/root", VHOST, "http://other.com/x", "http://other.com/x"],
  ["/root", undefined, "/x", "/root/x"],
  ["/root/", undefined, "/x/y", "/root/x/y"],
  ["/root", undefined, "http://a.com/x", "http://a.com/x"],
];
for (const [root, vhost, location, expected] of locations) {
  Deno.test(`renderBackend: revproxy ${root} of ${vhost ?? "no vhost"} makes ${expected} of ${location}`, () => {
    const labels = { HTTP_BACKEND_REVPROXY_PATH: root, ...(vhost && { VHOST: vhost }) };
    assert.equal(rewrite(labels, location), expected);
  });
}

Deno.test("renderBackend: servers by host and port, draining ones disabled", () => {
  const task = (id: string, host: string, port: number) => ({ id, host, ports: [port] });
  const apps = [
    marathonApp({
      id: "/blue",
      labels: { HAPROXY_DEPLOYMENT_GROUP: "web" },
      tasks: [task("b", "10.0.0.3", 31000), task("a", "10.0.0.2", 31001), task("c", "10.0.0.2", 31000)],
      instances: 3,
    }),
    marathonApp({
      id: "/green",
      labels: { HAPROXY_DEPLOYMENT_GROUP: "web", HAPROXY_DEPLOYMENT_STARTED_AT: "2024-01-01" },
      tasks: [task("d", "10.0.0.1", 31000)],
    }),
  ];
  const lines = section(generate({ apps }).text, "backend web_10001").filter((line) =>
    line.startsWith("server")
  );
  assert.deepEqual(lines.map((line) => line.replace(/ id \d+/, "")), [
    server.replace(/ id \d+/, ""),
    "server 10_0_0_2_31000 10.0.0.2:31000",
    "server 10_0_0_2_31001 10.0.0.2:31001 disabled",
    "server 10_0_0_3_31000 10.0.0.3:31000",
  ]);
});
