import assert from "node:assert/strict";
import { readAuth } from "../../../lib/core/labels/auth.ts";
import type { ServiceLabels } from "../../../lib/core/labels/readLabels.ts";
import { nameServices } from "../../../lib/core/render/names.ts";
import { renderVhostRules } from "../../../lib/core/render/vhosts.ts";
import { TemplateSet } from "../../../lib/core/templates/templateSet.ts";
import type { TemplateSource } from "../../../lib/core/templates/compile.ts";
import { type TemplateRow, templateTable } from "../../../lib/core/templates/templateTable.ts";
import { serviceOf } from "../model/support/serviceOf.ts";
import { renderContext } from "./support/renderContext.ts";
import { marathonApp } from "../model/support/marathonApp.ts";
import { generate } from "./support/generate.ts";
import { pick } from "./support/pick.ts";
import { section } from "./support/section.ts";

/** Templates that write their name, and the host they are for. */
const traced = new TemplateSet(
  new Map((templateTable as readonly TemplateRow[]).map((row): [string, TemplateSource] => {
    const text = row.values.includes("hostname") ? `${row.name} {hostname}` : row.name;
    return [row.name, { text, syntax: "placeholders", origin: "test" }];
  })),
);

function rules(labels: ServiceLabels, haproxyMap = false) {
  const service = serviceOf({ mode: "http", labels });
  const names = nameServices([service]).get(service)!;
  return renderVhostRules(service, names, renderContext({ templates: traced, haproxyMap }));
}

const lines = (text: string) => text.split("\n").slice(0, -1);

const host = (name: string, ...hosts: string[]) => hosts.map((host) => `${name} ${host}`);
const single = ["a.com"];
const multi = ["a.com", "b.com"];

type Row = [
  hosts: string[],
  path: boolean,
  auth: boolean,
  redirect: boolean,
  http: string[],
  https: string[],
];
const httpsOf = {
  "single": host("HTTPS_FRONTEND_ACL", "a.com"),
  "single auth": host("HTTPS_FRONTEND_ACL_WITH_AUTH", "a.com"),
  "single path": ["HTTPS_FRONTEND_ACL_ONLY_WITH_PATH a.com", "HTTPS_FRONTEND_ACL_WITH_PATH a.com"],
  "single path auth": [
    "HTTPS_FRONTEND_ACL_ONLY_WITH_PATH a.com",
    "HTTPS_FRONTEND_ACL_WITH_AUTH_AND_PATH a.com",
  ],
  "multi": host("HTTPS_FRONTEND_ACL", ...multi),
  "multi auth": host("HTTPS_FRONTEND_ACL_WITH_AUTH", ...multi),
  "multi path": [
    "HTTPS_FRONTEND_ACL_ONLY_WITH_PATH a.com",
    ...host("HTTPS_FRONTEND_ACL_WITH_PATH", ...multi),
  ],
  "multi path auth": [
    "HTTPS_FRONTEND_ACL_ONLY_WITH_PATH a.com",
    ...host("HTTPS_FRONTEND_ACL_WITH_AUTH_AND_PATH", ...multi),
  ],
};
const eachHost = host("HTTP_FRONTEND_ACL_ONLY", ...multi);
const redirect = ["HTTP_FRONTEND_ACL a.com", "BACKEND_REDIRECT_HTTP_TO_HTTPS"];
const redirectPath = [
  "HTTP_FRONTEND_ACL_ONLY a.com",
  "HTTP_FRONTEND_ACL_ONLY_WITH_PATH a.com",
  "BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH",
];

const table: Row[] = [
  [single, false, false, false, host("HTTP_FRONTEND_ACL", "a.com"), httpsOf.single],
  [single, false, true, false, host("HTTP_FRONTEND_ACL_WITH_AUTH", "a.com"), httpsOf["single auth"]],
  [single, false, false, true, redirect, httpsOf.single],
  [single, false, true, true, redirect, httpsOf["single auth"]],
  [single, true, false, false, host("HTTP_FRONTEND_ACL_WITH_PATH", "a.com"), httpsOf["single path"]],
  [
    single,
    true,
    true,
    false,
    host("HTTP_FRONTEND_ACL_WITH_AUTH_AND_PATH", "a.com"),
    httpsOf["single path auth"],
  ],
  [single, true, false, true, redirectPath, httpsOf["single path"]],
  [single, true, true, true, redirectPath, httpsOf["single path auth"]],
  [multi, false, false, false, [...eachHost, "HTTP_FRONTEND_ROUTING_ONLY a.com"], httpsOf.multi],
  [
    multi,
    false,
    true,
    false,
    [...eachHost, "HTTP_FRONTEND_ROUTING_ONLY_WITH_AUTH a.com"],
    httpsOf["multi auth"],
  ],
  [multi, false, false, true, [...eachHost, "BACKEND_REDIRECT_HTTP_TO_HTTPS"], httpsOf.multi],
  [multi, false, true, true, [...eachHost, "BACKEND_REDIRECT_HTTP_TO_HTTPS"], httpsOf["multi auth"]],
  [
    multi,
    true,
    false,
    false,
    ["HTTP_FRONTEND_ACL_ONLY_WITH_PATH a.com", ...eachHost, "HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH a.com"],
    httpsOf["multi path"],
  ],
  [
    multi,
    true,
    true,
    false,
    [
      "HTTP_FRONTEND_ACL_ONLY_WITH_PATH_AND_AUTH a.com",
      ...eachHost,
      "HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH_AND_AUTH a.com",
    ],
    httpsOf["multi path auth"],
  ],
  [
    multi,
    true,
    false,
    true,
    ["HTTP_FRONTEND_ACL_ONLY_WITH_PATH a.com", ...eachHost, "BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH"],
    httpsOf["multi path"],
  ],
  [
    multi,
    true,
    true,
    true,
    [
      "HTTP_FRONTEND_ACL_ONLY_WITH_PATH_AND_AUTH a.com",
      ...eachHost,
      "BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH",
    ],
    httpsOf["multi path auth"],
  ],
];

const AUTH = readAuth("r:u:$5$s$h", "HAPROXY_0_AUTH")!;
for (const [VHOST, path, auth, redirects, http, https] of table) {
  const labels: ServiceLabels = {
    VHOST,
    ...(path && { PATH: "/x" }),
    ...(auth && { AUTH }),
    ...(redirects && { REDIRECT_TO_HTTPS: true }),
  };
  const what = Object.keys(labels).slice(1).join(", ") || "nothing";
  Deno.test(`renderVhostRules: ${VHOST.length} vhosts with ${what}`, () => {
    const rendered = rules(labels)!;
    assert.deepEqual(lines(rendered.http), http);
    assert.deepEqual(lines(rendered.https), https);
    assert.equal(rendered.httpLookup ?? rendered.httpsLookup, undefined);
  });

  Deno.test(`renderVhostRules: ${VHOST.length} vhosts with ${what}, each in a frontend of its own`, () => {
    const rendered = rules(labels)!;
    for (const one of VHOST) {
      const own = https.filter((rule) => rule.endsWith(` ${one}`) || rule.includes("_ACL_ONLY_WITH_PATH "));
      assert.deepEqual(lines(rendered.httpsByHost.get(one)!), own);
    }
  });

  Deno.test(`renderVhostRules: ${VHOST.length} vhosts with ${what}, with maps`, () => {
    const rendered = rules(labels, true)!;
    const mapped = !path && !auth;
    assert.deepEqual(lines(rendered.http), mapped && !redirects ? [] : http);
    assert.deepEqual(lines(rendered.https), mapped ? [] : https);
    const httpRule = VHOST.length > 1 ? "MAP_HTTP_FRONTEND_ACL_ONLY\n" : "MAP_HTTP_FRONTEND_ACL\n";
    assert.equal(rendered.httpLookup?.last, mapped && !redirects ? httpRule : undefined);
    assert.equal(rendered.httpsLookup?.last, mapped ? "MAP_HTTPS_FRONTEND_ACL\n" : undefined);
  });
}

Deno.test("renderVhostRules: no vhost, no rules", () => {
  assert.equal(rules({}), undefined);
  assert.equal(rules({ VHOST: [], REDIRECT_TO_HTTPS: true }), undefined);
});

const weights: [labels: ServiceLabels, weight: number][] = [
  [{}, 0],
  [{ PATH: "/x" }, 1],
  [{ PATH: "/x", BACKEND_WEIGHT: 0 }, 1],
  [{ BACKEND_WEIGHT: 0 }, 0],
  [{ PATH: "/x", BACKEND_WEIGHT: 5 }, 5],
  [{ PATH: "/x", BACKEND_WEIGHT: -1 }, -1],
];
for (const [labels, weight] of weights) {
  Deno.test(`renderVhostRules: weight of ${JSON.stringify(labels)}`, () => {
    assert.equal(rules({ VHOST: single, ...labels })?.weight, weight);
  });
}

const app = (id: string, port: number, labels: Record<string, string>) =>
  marathonApp({ id, portDefinitions: [{ port }], labels });

/** The backends that the rules of a frontend lead to, in their order. */
const routed = (text: string, frontend: string) =>
  pick(section(text, `frontend ${frontend}`), "use_backend").map((line) => line.split(" ")[1]);

Deno.test("vhost rules: highest weight first, then in the order of app id and port", () => {
  const { text } = generate({
    apps: [
      app("/d", 4, { HAPROXY_0_VHOST: "x.com" }),
      app("/c", 3, { HAPROXY_0_VHOST: "x.com", HAPROXY_0_PATH: "/c" }),
      app("/b", 2, { HAPROXY_0_VHOST: "x.com", HAPROXY_0_PATH: "/b", HAPROXY_0_BACKEND_WEIGHT: "7" }),
      app("/a", 1, { HAPROXY_0_VHOST: "x.com", HAPROXY_0_BACKEND_WEIGHT: "-1" }),
      app("/e", 5, { HAPROXY_0_VHOST: "y.com" }),
    ],
  });
  assert.deepEqual(routed(text, "marathon_http_in"), ["b_2", "c_3", "d_4", "e_5", "a_1"]);
  assert.deepEqual(routed(text, "marathon_https_in"), ["b_2", "c_3", "d_4", "e_5", "a_1"]);
});

Deno.test("vhost rules: host names match in any case and with a port, others do not", () => {
  const { text } = generate({ apps: [app("/a", 1, { HAPROXY_0_VHOST: "WWW.X.com" })] });
  assert.deepEqual(section(text, "frontend marathon_http_in").slice(2), [
    "acl host_www_x_com_a req.hdr(host),host_only -i www.x.com",
    "use_backend a_1 if host_www_x_com_a",
  ]);
  assert.deepEqual(section(text, "frontend marathon_https_in").slice(2), [
    "use_backend a_1 if { req.hdr(host),host_only -i www.x.com }",
  ]);
});

Deno.test("vhost rules: a login guards its own service only", () => {
  const { text } = generate({
    apps: [marathonApp({
      id: "/a",
      portDefinitions: [{ port: 1 }, { port: 2 }],
      tasks: [{ id: "t", host: "10.0.0.1", ports: [31000, 31001] }],
      labels: {
        HAPROXY_0_VHOST: "x.com",
        HAPROXY_0_PATH: "/one",
        HAPROXY_0_AUTH: "one:alice:$5$a",
        HAPROXY_1_VHOST: "x.com",
        HAPROXY_1_PATH: "/two",
        HAPROXY_1_AUTH: "two:bob:$5$b",
      },
    })],
  });
  assert.deepEqual(section(text, "userlist user_a_1"), ["user alice password $5$a"]);
  assert.deepEqual(section(text, "userlist user_a_2"), ["user bob password $5$b"]);
  const http = section(text, "frontend marathon_http_in");
  assert.deepEqual(pick(http, "acl auth_x_com_a", "acl auth_x_com_a_2"), [
    "acl auth_x_com_a http_auth(user_a_1)",
    "acl auth_x_com_a_2 http_auth(user_a_2)",
  ]);
  assert.deepEqual(pick(http, "http-request"), [
    'http-request auth realm "one" if host_x_com_a path_a_1 !auth_x_com_a',
    'http-request auth realm "two" if host_x_com_a_2 path_a_2 !auth_x_com_a_2',
  ]);
});

Deno.test("vhost rules: none of them with --dont-bind-http-https", () => {
  const { text, maps } = generate({ apps: [app("/a", 1, { HAPROXY_0_VHOST: "x.com" })] }, {}, {
    bindHttpHttps: false,
    haproxyMap: true,
  });
  assert.doesNotMatch(text, /marathon_https?_in|x\.com/);
  assert.deepEqual(routed(text, "a_1"), ["a_1"]);
  assert.deepEqual(maps, { "domain2backend.map": "", "app2backend.map": "/a a_1\n" });
});

const mapped = [
  app("/b", 2, { HAPROXY_0_VHOST: "x.com,y.com" }),
  app("/c", 3, { HAPROXY_0_VHOST: "Z.com" }),
  app("/d", 4, { HAPROXY_0_VHOST: "x.com", HAPROXY_0_PATH: "/d" }),
  app("/e", 5, { HAPROXY_0_VHOST: "e.com,e.com", HAPROXY_0_REDIRECT_TO_HTTPS: "true" }),
  app("/f", 6, { HAPROXY_0_VHOST: "x.com" }),
];
const lookup = "use_backend %[req.hdr(host),host_only,lower,map(/etc/haproxy/domain2backend.map)]";

Deno.test("maps: one look-up behind all rules, and a line for each host", () => {
  const { text, maps } = generate({ apps: mapped }, {}, { haproxyMap: true });
  assert.equal(
    maps["domain2backend.map"],
    "x.com b_2\ny.com b_2\nz.com c_3\ne.com e_5\nx.com f_6\n",
  );
  const http = section(text, "frontend marathon_http_in");
  assert.deepEqual(pick(http, "use_backend"), ["use_backend d_4 if host_x_com_d path_d_4", lookup]);
  assert.deepEqual(pick(http, "redirect"), ["redirect scheme https code 301 if !{ ssl_fc } host_e_com_e"]);
  const https = section(text, "frontend marathon_https_in");
  assert.deepEqual(https.slice(2), [
    "acl path_d_4 path_beg /d",
    "use_backend d_4 if { req.hdr(host),host_only -i x.com } path_d_4",
    lookup,
  ]);
});

Deno.test("maps: the app id of each app, asked for in lower case", () => {
  const answer = {
    apps: [
      marathonApp({
        id: "/Shop",
        portDefinitions: [{ port: 1 }, { port: 2 }],
        tasks: [{ id: "t", host: "10.0.0.1", ports: [1, 2] }],
        labels: { HAPROXY_1_MODE: "http" },
      }),
      app("/tcp", 3, {}),
      app("/web", 4, { HAPROXY_0_MODE: "http" }),
    ],
  };
  const { text, maps } = generate(answer, {}, { haproxyMap: true });
  assert.equal(maps["app2backend.map"], "/shop Shop_2\n/web web_4\n");
  assert.deepEqual(section(text, "frontend marathon_http_appid_in").slice(2), [
    "use_backend %[req.hdr(x-marathon-app-id),lower,map(/etc/haproxy/app2backend.map)]",
  ]);
});

Deno.test("app-id frontend: one rule for each app, its first service in mode http", () => {
  const { text, maps } = generate({
    apps: [
      marathonApp({
        id: "/group/shop",
        portDefinitions: [{ port: 1 }, { port: 2 }, { port: 3 }],
        tasks: [{ id: "t", host: "10.0.0.1", ports: [1, 2, 3] }],
        labels: { HAPROXY_1_MODE: "http", HAPROXY_2_MODE: "http" },
      }),
      app("/tcp", 4, {}),
    ],
  });
  assert.deepEqual(section(text, "frontend marathon_http_appid_in").slice(2), [
    "acl app__group_shop hdr(x-marathon-app-id) -i /group/shop",
    "use_backend group_shop_2 if app__group_shop",
  ]);
  assert.deepEqual(maps, { "domain2backend.map": "", "app2backend.map": "" });
});

Deno.test("an override for the single rule serves for the look-up, its own comes before", () => {
  const own = { HAPROXY_0_MAP_HTTP_FRONTEND_ACL: "  # map {haproxy_dir}" };
  const single = { HAPROXY_0_HTTP_FRONTEND_ACL: "  # single {backend}" };
  const http = (labels: Record<string, string>) =>
    section(
      generate({ apps: [app("/a", 1, { HAPROXY_0_VHOST: "x.com", ...labels })] }, {}, { haproxyMap: true })
        .text,
      "frontend marathon_http_in",
    ).slice(2);
  assert.deepEqual(http(single), ["# single a_1"]);
  assert.deepEqual(http({ ...own, ...single }), ["# map /etc/haproxy"]);
});

for (const haproxyMap of [false, true]) {
  Deno.test(`app-id frontend: of two ids that differ in case only the lower one answers (maps: ${haproxyMap})`, () => {
    const apps = [app("/WEB", 1, { HAPROXY_0_MODE: "http" }), app("/web", 2, { HAPROXY_0_MODE: "http" })];
    const { text, maps, problems } = generate({ apps }, {}, { haproxyMap });
    const rules = section(text, "frontend marathon_http_appid_in").slice(2);
    if (haproxyMap) assert.equal(maps["app2backend.map"], "/web web_2\n");
    else {assert.deepEqual(rules, [
        "acl app__web hdr(x-marathon-app-id) -i /web",
        "use_backend web_2 if app__web",
      ]);}
    assert.deepEqual(problems.map(({ app, severity, message }) => [app, severity, message]), [
      [
        "/WEB",
        "warning",
        "/WEB: requests with its id go to /web, which differs in case only; give it another id",
      ],
    ]);
  });
}

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

Deno.test("grouped HTTPS: SSL_CERT and BIND_OPTIONS of an app with a path do not count where another serves the root", () => {
  const own = { HAPROXY_0_SSL_CERT: "/evil.pem", HAPROXY_0_BIND_OPTIONS: "verify required" };
  const at = (path: string) => ({ HAPROXY_0_VHOST: "x.com", HAPROXY_0_PATH: path });
  const apps = (path: string) => [app("/evil", 1, { ...at("/evil"), ...own }), app("/shop", 2, at(path))];
  const { text, problems } = generate({ apps: apps("/a /") }, {}, {
    groupHttpsByVhost: true,
    sslCerts: ["/a.pem"],
  });
  assert.deepEqual(pick(section(text, "frontend x_com"), "bind"), [
    "bind abns@x_com accept-proxy ssl crt /a.pem alpn h2,http/1.1",
  ]);
  assert.deepEqual(problems, [{
    code: "tls-ignored",
    severity: "warning",
    app: "/evil",
    index: 0,
    message:
      '/evil: service 0: HAPROXY_0_SSL_CERT and HAPROXY_0_BIND_OPTIONS do not count for the vhost "x.com": ' +
      "/shop serves its root",
  }]);
  assert.match(grouped(apps("/shop")), /bind abns@x_com accept-proxy ssl crt \/evil\.pem /);
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
