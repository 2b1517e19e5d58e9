import assert from "node:assert/strict";
import { readAutoPools } from "../../../lib/core/import/autoPools.ts";
import { labelsOf } from "../../../lib/core/import/labels.ts";
import { readEdgeApp } from "../../../lib/core/import/routes.ts";
import { untranslatedText } from "../../../lib/core/import/text.ts";

type Labels = Record<string, string>;

/** An app with the ports `admin` and `web`, exposed, with labels of the group `g`. */
function app(labels: Labels, id = "/web") {
  const own = Object.entries(labels).map(([name, value]) => [
    /^(?:edgelb|HAPROXY)/.test(name) ? name : `edgelb.g.${name}`,
    value,
  ]);
  return readEdgeApp({
    id,
    labels: { "edgelb.expose": "true", ...Object.fromEntries(own) },
    portDefinitions: [{ port: 10000, name: "admin" }, { port: 10001, name: "web" }],
  });
}

function imported(...apps: ReturnType<typeof app>[]) {
  const { apps: found, untranslated } = labelsOf(readAutoPools(apps), "external");
  const labels = Object.fromEntries(found.map(({ id, labels }) => {
    const { HAPROXY_GROUP: group, ...own } = labels;
    assert.equal(group, "external");
    const short = Object.entries(own).map(([name, value]) => [name.replace("HAPROXY_", ""), value]);
    return [id, Object.fromEntries(short)];
  }));
  return { labels, lines: untranslated.map(untranslatedText) };
}

const host = { "frontend.rules": "hostEq:a.test" };
const both = "/web: edgelb.g.frontend.rules differs: the hosts are served at port 443 too";
const secure = { ...host, "frontend.certificates": "$AUTOCERT" };
const redirected = "/web: edgelb.g.frontend.rules differs: port 80 redirects the hosts to HTTPS";
const vhost = { "0_VHOST": "a.test" };
const https = { ...vhost, "0_REDIRECT_TO_HTTPS": "true" };

const table: readonly [given: Labels, labels: Labels | undefined, lines: readonly string[]][] = [
  [host, vhost, [both]],
  [secure, https, [redirected]],
  [{ ...host, "edgelb.h.frontend.rules": "hostEq:a.test", "edgelb.h.frontend.protocol": "HTTPS" }, vhost, []],
  [{ ...secure, "edgelb.h.frontend.redirectToHttps": "" }, https, []],
  [{ ...secure, "edgelb.h.frontend.redirectToHttps": "host:b.test" }, https, [
    "/web: edgelb.h.frontend.redirectToHttps is lost: its exceptions have no label: these requests are redirected too",
  ]],
  [{ ...host, "frontend.certificates": "shop, other" }, https, [
    "/web: edgelb.g.frontend.certificates is lost: the load balancer has the certificates of port 443: " +
    "save shop, other as files for --ssl-certs",
    redirected,
  ]],
  [{ "frontend.rules": "hostEq:A.test|pathBeg:/x,hostEq:b.test|pathBeg:/x" }, {
    "0_VHOST": "a.test,b.test",
    "0_PATH": "/x",
  }, [both]],
  [{ "frontend.rules": "hostEq:a.test|pathBeg:/x,hostEq:a.test|pathBeg:/y" }, {
    ...vhost,
    "0_PATH": "/x /y",
  }, [both]],
  [{ "frontend.rules": "hostEq:a.test|pathBeg:/x,hostEq:a.test" }, vhost, [both]],
  [{ "frontend.rules": "hostEq:a.test|pathBeg:/x,hostEq:b.test" }, { ...vhost, "0_PATH": "/x" }, [
    "/web: edgelb.g.frontend.rules is lost: HAPROXY_0_PATH is for all hosts, and b.test has other paths than a.test",
    both,
  ]],
  [
    {
      "edgelb.delimiter": ";",
      "edgelb.item_delimiter": "+",
      "edgelb.key_delimiter": "=",
      "frontend.rules": "hostEq=a.test+pathBeg=/x;hostEq=b.test+pathBeg=/x",
    },
    { "0_VHOST": "a.test,b.test", "0_PATH": "/x" },
    [both],
  ],
  [{ "frontend.rules": "hostReg:^.*\\.a\\.test$" }, { "0_VHOST": "*.a.test" }, [
    "/web: edgelb.g.frontend.rules differs: the pattern becomes a wildcard, which matches whole names only",
    both,
  ]],
  [{ "frontend.rules": "hostReg:a|b" }, undefined, [
    '/web: edgelb.g.frontend.rules is lost: "hostReg:a|b" is no list of conditions such as hostEq:shop.example.com',
  ]],
  [{ "frontend.rules": "hostReg:[ab][.]test" }, undefined, [
    "/web: edgelb.g.frontend.rules is lost: HAPROXY_{n}_VHOST compares whole names or wildcards, " +
    'and "[ab][.]test" is a pattern',
  ]],
  [{ "frontend.rules": "hostEq:a.test|pathEnd:.png" }, undefined, [
    "/web: edgelb.g.frontend.rules is lost: HAPROXY_{n}_PATH compares the beginning of a path only",
  ]],
  [{ "frontend.rules": "hostEq:a.test|hdr:x" }, undefined, [
    "/web: edgelb.g.frontend.rules is lost: hdr is no condition that is known",
  ]],
  [{ "frontend.rules": "hostEq:a test" }, undefined, [
    '/web: edgelb.g.frontend.rules is lost: HAPROXY_0_VHOST cannot be "a test": expected a comma list of host names; ' +
    'upper case becomes lower: "a test" is no host name',
  ]],
  [{}, undefined, [
    "/web: edgelb.__default__.frontend.rules is lost: the rule has no host: name the hosts in HAPROXY_0_VHOST",
  ]],
  [{ ...host, "frontend.port": "8080" }, undefined, [
    "/web: edgelb.g.frontend.rules is lost: vhosts are served at --http-bind and --https-bind, not at port 8080",
  ]],
  [{ "frontend.port": "8080" }, { "0_PORT": "8080", "0_MODE": "http" }, []],
  [{ "frontend.port": "8443", "frontend.protocol": "https" }, undefined, [
    "/web: edgelb.g.frontend.rules is lost: set HAPROXY_0_PORT to 8443 and HAPROXY_0_SSL_CERT to the file of its " +
    "certificate: without it the port would be open without TLS",
  ]],
  [{ "frontend.port": "5432", "frontend.protocol": "TCP", "backend.balance": "source" }, {
    "0_PORT": "5432",
    "0_MODE": "tcp",
    "0_BALANCE": "source",
  }, []],
  [{ "frontend.port": "9090", "frontend.protocol": "TCP" }, undefined, [
    "/web: edgelb.g.frontend.rules is lost: port 9090 is one of the load balancer's own: choose another port",
  ]],
  [{ "frontend.protocol": "TCP" }, undefined, [
    "/web: edgelb.g.frontend.protocol is lost: expected HTTP, HTTPS, TCP or TLS, and a port from 1 to 65535, " +
    "which TCP and TLS need",
  ]],
  [
    { ...host, "frontend.port": "443", "frontend.protocol": "TLS" },
    { ...vhost, "0_SNI_PASSTHROUGH": "true" },
    [],
  ],
  [{ ...host, "backend.portName": "web" }, { "1_VHOST": "a.test" }, [both]],
  [{ ...host, "backend.portName": "metrics" }, undefined, [
    '/web: edgelb.g.backend.portName is lost: the app has no port of the name "metrics"',
  ]],
  [{ ...host, "backend.balance": "leastconn" }, { ...vhost, "0_BALANCE": "leastconn" }, [both]],
  [{ ...host, "backend.balance": "best" }, vhost, [
    both,
    '/web: edgelb.g.backend is lost: HAPROXY_0_BALANCE cannot be "best": expected an algorithm of HAProxy\'s ' +
    "`balance`: `roundrobin`, `static-rr`, `leastconn`, `first`, `source`, `uri`, `url_param`, `hdr(NAME)`, `random` " +
    "or `rdp-cookie`, with its arguments, or `hash` with a sample such as `src`",
  ]],
  [{ ...host, "backend.protocol": "HTTPS" }, { ...vhost, "0_BACKEND_TLS": "true" }, [both]],
  [{ ...host, "backend.protocol": "TCP" }, vhost, [
    both,
    "/web: edgelb.g.backend is lost: the backend is TCP behind a frontend that is HTTP",
  ]],
  [{ ...host, "backend.rewriteHttp.sticky": "" }, { ...vhost, "0_STICKY": "true" }, [both]],
  [{ ...host, "backend.rewriteHttp.sticky": "cookie SRV insert" }, { ...vhost, "0_STICKY": "true" }, [
    "/web: edgelb.g.backend.rewriteHttp.sticky differs: the cookie has its own name and options here",
    both,
  ]],
  [{ ...host, "backend.rewriteHttp.path": "/a:/" }, {
    ...vhost,
    "0_HTTP_BACKEND_PROXYPASS_PATH": "/a",
    "0_HTTP_BACKEND_REVPROXY_PATH": "/a",
  }, [both]],
  [{ ...host, "backend.rewriteHttp.path": "/:/id" }, vhost, [
    "/web: edgelb.g.backend.rewriteHttp.path is lost: labels remove a path and put none before it " +
    '("/" becomes "/id"); the template HAPROXY_{n}_HTTP_BACKEND_PROXYPASS_GLUE can',
    both,
  ]],
  [{ ...host, "backend.healthCheck": "x" }, vhost, [
    "/web: edgelb.g.backend.healthCheck is lost: it is no label that is known",
    both,
  ]],
  [{ ...host, HAPROXY_0_VHOST: "b.test" }, vhost, [
    both,
    '/web: HAPROXY_0_VHOST differs: the app has it as "b.test"',
  ]],
  [{ ...host, "edgelb.expose": "false" }, undefined, []],
];

Deno.test("labels of Edge-LB become labels, and what has none is listed with the reason", () => {
  for (const [given, labels, lines] of table) {
    const result = imported(app(given));
    assert.deepEqual(result.labels, labels === undefined ? {} : { "/web": labels }, JSON.stringify(given));
    assert.deepEqual(result.lines, lines, JSON.stringify(given));
  }
});

Deno.test("the longer of two paths of a host comes first, by its weight", () => {
  const { labels } = imported(
    app({ "edgelb.a.frontend.rules": "hostEq:a.test|pathBeg:/x" }, "/a"),
    app({ "edgelb.b.frontend.rules": "hostEq:a.test|pathBeg:/x/y" }, "/b"),
  );
  assert.deepEqual(labels, {
    "/a": { ...vhost, "0_PATH": "/x" },
    "/b": { ...vhost, "0_PATH": "/x/y", "0_BACKEND_WEIGHT": "2" },
  });
});

Deno.test("of the apps of one group the first gets labels, unless their templates differ", () => {
  const { labels, lines } = imported(
    app(host, "/a"),
    app(host, "/b"),
    app({ "frontend.rules": "hostEq:c.test", "edgelb.template": "dobby" }, "/c"),
  );
  assert.deepEqual(Object.keys(labels), ["/a", "/c"]);
  assert.equal(
    lines[0],
    "/b: edgelb.g is lost: it shares one backend with /a; HAPROXY_{n}_TRAFFIC_SHARE on both gives each its part",
  );
});

Deno.test("ports are numbered as the model numbers services", () => {
  const named = (value: Record<string, unknown>) => readEdgeApp({ id: "/web", ...value }).ports;
  const ports = [{ name: "a" }, {}, { name: "c" }];
  assert.deepEqual(named({ portDefinitions: ports }), ["a", undefined, "c"]);
  const bridge = { networks: [{ mode: "container/bridge" }], portDefinitions: [{ name: "unused" }] };
  assert.deepEqual(named({ ...bridge, container: { portMappings: ports } }), ["a", undefined, "c"]);
  const docker = { network: "BRIDGE", portMappings: ports };
  assert.deepEqual(named({ container: { docker } }), ["a", undefined, "c"]);
  assert.deepEqual(named({ ipAddress: { discovery: { ports } } }), ["a", undefined, "c"]);
  assert.deepEqual(named({ ports: [1, 2] }), [undefined, undefined]);
});
