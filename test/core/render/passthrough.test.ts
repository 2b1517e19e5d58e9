import assert from "node:assert/strict";
import { findTemplateOverrides, TemplateSet } from "../../../lib/core/templates/templateSet.ts";
import { canPassThrough } from "../../../lib/core/render/passthrough.ts";
import { marathonApp } from "../model/support/marathonApp.ts";
import { generate } from "./support/generate.ts";
import { renderContext } from "./support/renderContext.ts";
import { section } from "./support/section.ts";

type Labels = Readonly<Record<string, string>>;
const app = (id: string, port: number, labels: Labels) =>
  marathonApp({
    id,
    portDefinitions: [{ port }],
    labels: Object.fromEntries(Object.entries(labels).map(([name, value]) => [`HAPROXY_0_${name}`, value])),
  });
const bank = (labels: Labels = {}) =>
  app("/bank", 10_001, { VHOST: "bank.test", SNI_PASSTHROUGH: "true", ...labels });
const web = (VHOST: string, labels: Labels = {}) => app("/web", 10_002, { VHOST, ...labels });

const head = [
  "bind *:443",
  "mode tcp",
  "tcp-request inspect-delay 5s",
  "tcp-request content accept if { req.ssl_hello_type 1 }",
];

Deno.test("SNI passthrough: a TCP frontend by server name stands before the frontend that decrypts", () => {
  const { text, problems } = generate({ apps: [bank(), web("web.test")] });
  assert.deepEqual(problems, []);
  assert.deepEqual(section(text, "frontend marathon_https_sni_in"), [
    ...head,
    "use_backend bank_10001 if { req.ssl_sni -i bank.test }",
    "default_backend marathon_https_terminated",
  ]);
  assert.deepEqual(section(text, "backend marathon_https_terminated"), [
    "mode tcp",
    "server loopback-for-tls unix@/var/run/haproxy/https send-proxy-v2",
  ]);
  assert.deepEqual(section(text, "frontend marathon_https_in"), [
    "bind unix@/var/run/haproxy/https mode 600 accept-proxy ssl crt /etc/ssl/cert.pem alpn h2,http/1.1",
    "mode http",
    "http-request deny deny_status 421 if { req.hdr(host),host_only -i bank.test }",
    "use_backend web_10002 if { req.hdr(host),host_only -i web.test }",
  ]);
  assert.deepEqual(section(text, "backend bank_10001").slice(0, 2), ["balance roundrobin", "mode tcp"]);
  assert.doesNotMatch(section(text, "frontend marathon_http_in").join("\n"), /bank/);
});

for (const value of ["false", ""]) {
  Deno.test(`SNI passthrough: where no service asks for it (${JSON.stringify(value)}) nothing changes`, () => {
    const without = [app("/bank", 10_001, { VHOST: "bank.test" }), web("web.test")];
    for (const form of [{}, { haproxyMap: true }, { groupHttpsByVhost: true }]) {
      const { text, maps } = generate(
        { apps: [bank({ SNI_PASSTHROUGH: value }), web("web.test")] },
        {},
        form,
      );
      const plain = generate({ apps: without }, {}, form);
      assert.equal(text, plain.text);
      assert.deepEqual(maps, plain.maps);
    }
  });
}

Deno.test("SNI passthrough: the most specific host counts, of services that decrypt too", () => {
  const { text } = generate({
    apps: [bank({ VHOST: "*.test,*.b.test,x.a.test" }), web("a.b.test,*.c.test,other.com")],
  });
  assert.deepEqual(section(text, "frontend marathon_https_sni_in").slice(head.length), [
    "use_backend marathon_https_terminated if { req.ssl_sni -i a.b.test }",
    "use_backend bank_10001 if { req.ssl_sni -i x.a.test }",
    "use_backend bank_10001 if { req.ssl_sni -m end -i .b.test }",
    "use_backend marathon_https_terminated if { req.ssl_sni -m end -i .c.test }",
    "use_backend bank_10001 if { req.ssl_sni -m end -i .test }",
    "default_backend marathon_https_terminated",
  ]);
  assert.deepEqual(section(text, "frontend marathon_https_in").slice(2, 7), [
    "acl sni_terminated req.hdr(host),host_only -i a.b.test",
    "acl sni_terminated req.hdr(host),host_only -m end -i .c.test",
    "http-request deny deny_status 421 if { req.hdr(host),host_only -i x.a.test }",
    "http-request deny deny_status 421 if { req.hdr(host),host_only -m end -i .b.test } !sni_terminated",
    "http-request deny deny_status 421 if { req.hdr(host),host_only -m end -i .test } !sni_terminated",
  ]);
});

Deno.test("SNI passthrough: with --group-https-by-vhost its rules stand among those of the vhosts", () => {
  const apps = [bank({ VHOST: "bank.test,*.b.test" }), web("a.b.test,*.b.test,web.test")];
  const { text } = generate({ apps }, {}, { groupHttpsByVhost: true });
  assert.deepEqual(section(text, "frontend marathon_https_in"), [
    ...head,
    "use_backend a_b_test if { req.ssl_sni -i a.b.test }",
    "use_backend bank_10001 if { req.ssl_sni -i bank.test }",
    "use_backend web_test if { req.ssl_sni -i web.test }",
    "use_backend bank_10001 if { req.ssl_sni -m end -i .b.test }",
  ]);
});

Deno.test("SNI passthrough: with REDIRECT_TO_HTTPS the HTTP frontend redirects", () => {
  const { text } = generate({ apps: [bank({ REDIRECT_TO_HTTPS: "true" })] });
  assert.deepEqual(section(text, "frontend marathon_http_in").slice(2), [
    "acl host_bank_test_bank req.hdr(host),host_only -i bank.test",
    "redirect scheme https code 301 if !{ ssl_fc } host_bank_test_bank",
  ]);
});

Deno.test("SNI passthrough: with --haproxy-map the vhost is in no map", () => {
  const { maps } = generate({ apps: [bank(), web("web.test")] }, {}, { haproxyMap: true });
  assert.deepEqual(maps, {
    "domain2backend.map": "web.test web_10002\n",
    "app2backend.map": "/web web_10002\n",
  });
});

const withTemplates = (environment: Record<string, string>) => ({
  templates: new TemplateSet(findTemplateOverrides(environment, new Map())),
});

Deno.test("SNI passthrough: the socket belongs to the user that HEAD names", () => {
  const { text } = generate(
    { apps: [bank()] },
    {},
    withTemplates({ HAPROXY_HEAD: "global\n  user haproxy\n" }),
  );
  assert.match(text, /bind unix@\/var\/run\/haproxy\/https mode 600 user haproxy accept-proxy ssl /);
});

Deno.test("SNI passthrough: the operator's frontend moves with its bind, where the template has {httpsBind}", () => {
  const own = "\nfrontend own\n  bind {httpsBind} ssl {sslCerts} npn h2\n  mode http\n";
  const { text, problems } = generate(
    { apps: [bank()] },
    {},
    withTemplates({ HAPROXY_HTTPS_FRONTEND_HEAD: own }),
  );
  assert.deepEqual(problems, []);
  assert.match(text, /frontend own\n {2}bind unix@\S+ mode 600 accept-proxy ssl crt \S+ npn h2\n/);
});

Deno.test("SNI passthrough: an operator's frontend with a bind of its own stays, and a problem names the service", () => {
  const own = "\nfrontend own\n  bind *:443 ssl {sslCerts}\n  mode http\n";
  const { text, problems } = generate(
    { apps: [bank(), web("web.test")] },
    {},
    withTemplates({
      HAPROXY_HTTPS_FRONTEND_HEAD: own,
    }),
  );
  assert.doesNotMatch(text, /marathon_https_sni_in/);
  assert.match(text, /frontend own\n {2}bind \*:443 ssl crt \S+\n/);
  assert.deepEqual(problems.map(({ code, message }) => [code, message]), [[
    "passthrough-impossible",
    "/bank: service 0: its TLS is not passed through: the template HAPROXY_HTTPS_FRONTEND_HEAD binds a port of its own",
  ]]);
});

Deno.test("SNI passthrough: canPassThrough tells beforehand whether a template has a bind of its own", () => {
  const asked = (template: string | undefined, groupHttpsByVhost = false) => {
    const environment: Record<string, string> = template === undefined
      ? {}
      : { HAPROXY_HTTPS_FRONTEND_HEAD: template };
    const context = renderContext({ ...withTemplates(environment), groupHttpsByVhost });
    return canPassThrough(context, context.head);
  };
  assert.equal(asked(undefined), true);
  assert.equal(asked("\nfrontend own\n  bind {httpsBind} ssl {sslCerts}\n"), true);
  assert.equal(asked("\nfrontend own\n  bind *:443 ssl {sslCerts}\n"), false);
  assert.equal(asked("\nfrontend own\n  bind *:443 ssl {sslCerts}\n", true), true);
});

Deno.test("SNI passthrough: without HTTP and HTTPS frontends there is none", () => {
  const { text } = generate({ apps: [bank()] }, {}, { bindHttpHttps: false });
  assert.doesNotMatch(text, /ssl_sni/);
  assert.match(text, /^backend bank_10001$/m);
});

const unfit: [what: string, labels: Labels, message: string][] = [
  ["no vhost", { VHOST: "" }, "expected HAPROXY_0_VHOST beside it"],
  [
    "mode http",
    { MODE: "http" },
    "expected no HAPROXY_0_MODE http beside it, as HAProxy sees no decrypted request",
  ],
  ["a path", { PATH: "/x" }, "expected no HAPROXY_0_PATH beside it, as HAProxy sees no decrypted request"],
  [
    "a login",
    { AUTH: "r:u:$5$s$h" },
    "expected no HAPROXY_0_AUTH beside it, as HAProxy sees no decrypted request",
  ],
  [
    "TLS to tasks",
    { BACKEND_TLS: "true" },
    "expected no HAPROXY_0_BACKEND_TLS beside it, as HAProxy sees no decrypted request",
  ],
];
for (const [what, labels, message] of unfit) {
  Deno.test(`SNI passthrough: ${what} leaves the service out`, () => {
    const { text, problems } = generate({ apps: [bank(labels)] });
    assert.doesNotMatch(text, /bank_10001/);
    assert.deepEqual(problems.map(({ code, message }) => [code, message]), [[
      "service-unreadable",
      `/bank: service 0 is left out: HAPROXY_0_SNI_PASSTHROUGH is true; ${message}`,
    ]]);
  });
}

Deno.test("SNI passthrough: an HTTP check that another port lends is one of TCP", () => {
  const { text } = generate({
    apps: [
      marathonApp({
        id: "/bank",
        portDefinitions: [{ port: 10_001 }, { port: 10_002 }],
        healthChecks: [{ protocol: "HTTP", portIndex: 1 }],
        tasks: [{ id: "b", host: "10.0.0.1", ports: [31_000, 31_001] }],
        labels: {
          HAPROXY_0_VHOST: "bank.test",
          HAPROXY_0_SNI_PASSTHROUGH: "true",
          HAPROXY_0_BACKEND_HEALTHCHECK_PORT_INDEX: "1",
        },
      }),
    ],
  });
  const lines = section(text, "backend bank_10001");
  assert.ok(lines.includes("mode tcp"));
  assert.ok(!lines.some((line) => line.startsWith("option")), lines.join("\n"));
});
