import assert from "node:assert/strict";
import { marathonApp } from "../model/support/marathonApp.ts";
import { generate } from "./support/generate.ts";
import { pick } from "./support/pick.ts";
import { section } from "./support/section.ts";

const app = (id: string, port: number, labels: Record<string, string>) =>
  marathonApp({ id, portDefinitions: [{ port }], labels });

const grouped = (apps: unknown[], haproxyMap = false) =>
  generate({ apps }, {}, { groupHttpsByVhost: true, haproxyMap, sslCerts: ["/a.pem", "/b.pem"] }).text;

Deno.test("grouped HTTPS: the server name leads to a TLS frontend for each vhost, in alphabetical order", () => {
  const text = grouped([
    app("/a", 1, { HAPROXY_0_VHOST: "y.com,x.com" }),
    app("/b", 2, { HAPROXY_0_VHOST: "x.com", HAPROXY_0_PATH: "/b" }),
  ]);
  assert.deepEqual(section(text, "frontend marathon_https_in"), [
    "bind *:443",
    "mode tcp",
    "tcp-request inspect-delay 5s",
    "tcp-request content accept if { req.ssl_hello_type 1 }",
    "use_backend x_com if { req.ssl_sni -i x.com }",
    "use_backend y_com if { req.ssl_sni -i y.com }",
  ]);
  assert.deepEqual(section(text, "backend x_com"), ["server loopback-for-tls abns@x_com send-proxy-v2"]);
  assert.deepEqual(section(text, "frontend x_com"), [
    "mode http",
    "bind abns@x_com accept-proxy ssl crt /a.pem crt /b.pem alpn h2,http/1.1",
    "acl path_b_2 path_beg /b",
    "use_backend b_2 if { req.hdr(host),host_only -i x.com } path_b_2",
    "use_backend a_1 if { req.hdr(host),host_only -i x.com }",
  ]);
  assert.deepEqual(pick(section(text, "frontend y_com"), "use_backend"), [
    "use_backend a_1 if { req.hdr(host),host_only -i y.com }",
  ]);
});

Deno.test("grouped HTTPS: a vhost has the certificates and bind options of its services, each once", () => {
  const text = grouped([
    app("/a", 1, {
      HAPROXY_0_VHOST: "x.com",
      HAPROXY_0_SSL_CERT: "/x.pem",
      HAPROXY_0_BIND_OPTIONS: "no-tlsv12",
    }),
    app("/b", 2, {
      HAPROXY_0_VHOST: "x.com",
      HAPROXY_0_SSL_CERT: "/z.pem",
      HAPROXY_0_BIND_OPTIONS: "no-tlsv12",
    }),
    app("/c", 3, { HAPROXY_0_VHOST: "x.com", HAPROXY_0_SSL_CERT: "/x.pem" }),
    app("/d", 4, { HAPROXY_0_VHOST: "y.com", HAPROXY_0_BIND_OPTIONS: "alpn http/1.1" }),
  ]);
  assert.deepEqual(pick(section(text, "frontend x_com"), "bind"), [
    "bind abns@x_com accept-proxy ssl crt /x.pem crt /z.pem alpn h2,http/1.1  no-tlsv12",
  ]);
  assert.deepEqual(pick(section(text, "frontend y_com"), "bind"), [
    "bind abns@y_com accept-proxy ssl crt /a.pem crt /b.pem  alpn http/1.1",
  ]);
});

Deno.test("grouped HTTPS with maps: the frontend of a vhost leads to that vhost only, as without maps", () => {
  const apps = [
    app("/a", 1, { HAPROXY_0_VHOST: "x.com,y.com" }),
    app("/b", 2, { HAPROXY_0_VHOST: "x.com", HAPROXY_0_PATH: "/b" }),
    app("/c", 3, { HAPROXY_0_VHOST: "x.com", HAPROXY_0_REDIRECT_TO_HTTPS: "true" }),
  ];
  for (const host of ["x_com", "y_com"]) {
    assert.deepEqual(
      section(grouped(apps, true), `frontend ${host}`),
      section(grouped(apps), `frontend ${host}`),
    );
  }
  assert.ok(section(grouped(apps, true), "frontend marathon_http_in").some((line) => line.includes("map(")));
});

Deno.test("grouped HTTPS: no two sections have one name", () => {
  const text = grouped([
    app("/a", 1, { HAPROXY_0_VHOST: "a.b,a_b,stats" }),
    app("/web", 10001, { HAPROXY_0_VHOST: "web.10001" }),
  ]);
  assert.deepEqual(pick(section(text, "frontend marathon_https_in"), "use_backend"), [
    "use_backend a_b if { req.ssl_sni -i a.b }",
    "use_backend a_b_ if { req.ssl_sni -i a_b }",
    "use_backend stats_ if { req.ssl_sni -i stats }",
    "use_backend web_10001_ if { req.ssl_sni -i web.10001 }",
  ]);
  const frontends = text.match(/^(frontend|listen) .*$/gm)!.map((line) => line.split(" ")[1]);
  assert.deepEqual(frontends, [...new Set(frontends)]);
  const backends = text.match(/^(backend|listen) .*$/gm)!.map((line) => line.split(" ")[1]);
  assert.deepEqual(backends, [...new Set(backends)]);
});
