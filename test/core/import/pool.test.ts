import assert from "node:assert/strict";
import { labelsOf } from "../../../lib/core/import/labels.ts";
import { readPool } from "../../../lib/core/import/pool.ts";
import { readEdgeApp } from "../../../lib/core/import/routes.ts";
import { untranslatedText } from "../../../lib/core/import/text.ts";

type Json = Record<string, unknown>;

const apps = new Map(
  ["/web", "/shop/cart", "/two"].map((id) => {
    const ports = [{ port: 10000, name: "web" }, ...id === "/two" ? [{ port: 10001, name: "admin" }] : []];
    return [id, readEdgeApp({ id, portDefinitions: ports })];
  }),
);

const service = (serviceID: string, endpoint: Json = { portName: "web" }) => ({
  marathon: { serviceID },
  endpoint,
});

/** A pool that sends the host a.test to /web, with changes. */
function pool({ frontend = {}, backend = {}, more = {}, haproxy = {} }: Record<string, Json> = {}) {
  return {
    apiVersion: "V2",
    name: "p",
    haproxy: {
      frontends: [{
        bindPort: 80,
        protocol: "HTTP",
        linkBackend: { map: [{ hostEq: "a.test", backend: "web" }] },
        ...frontend,
      }],
      backends: [
        { name: "web", protocol: "HTTP", services: [service("/web")], ...backend },
        { name: "cart", protocol: "HTTP", services: [service("shop/cart")] },
      ],
      ...haproxy,
    },
    ...more,
  };
}

function imported(value: unknown) {
  const { apps: found, untranslated } = labelsOf(readPool(value, apps), "external");
  const labels = Object.fromEntries(found.map(({ id, labels }) => {
    const { HAPROXY_GROUP: _, ...own } = labels;
    return [id, own];
  }));
  return { labels, lines: untranslated.map(untranslatedText) };
}

const vhost = { HAPROXY_0_VHOST: "a.test" };
const both = "/web: p: haproxy.frontends[0].linkBackend.map[0] differs: the hosts are served at port 443 too";
const map = (...rules: Json[]) => ({ linkBackend: { map: rules } });
const of = (labels: Json) => ({ "/web": { ...vhost, ...labels } });
const https = { protocol: "HTTPS", bindPort: 443 };
const redirected =
  "/web: p: haproxy.frontends[0].linkBackend.map[0] differs: port 80 redirects the hosts to HTTPS";

const table: readonly [given: Record<string, Json>, labels: Json, lines: readonly string[]][] = [
  [{}, of({}), [both]],
  [{ frontend: https }, of({ HAPROXY_0_REDIRECT_TO_HTTPS: "true" }), [redirected]],
  [{ frontend: { redirectToHttps: {} } }, of({ HAPROXY_0_REDIRECT_TO_HTTPS: "true" }), []],
  [
    { frontend: { redirectToHttps: { except: [{ host: "b.test" }] } } },
    of({ HAPROXY_0_REDIRECT_TO_HTTPS: "true" }),
    ["p: haproxy.frontends[0].redirectToHttps.except is lost: exceptions have no label: these requests are redirected too"],
  ],
  [
    { frontend: { ...https, certificates: ["$AUTOCERT", "$SECRETS/a"] } },
    of({ HAPROXY_0_REDIRECT_TO_HTTPS: "true" }),
    [
      "p: haproxy.frontends[0].certificates is lost: the load balancer has the certificates of port 443: " +
      "save $SECRETS/a as files for --ssl-certs",
      redirected,
    ],
  ],
  [
    {
      frontend: map({ hostEq: "a.test", pathBeg: "/cart", backend: "cart" }, {
        hostEq: "a.test",
        backend: "web",
      }),
    },
    { "/shop/cart": { ...vhost, HAPROXY_0_PATH: "/cart" }, "/web": vhost },
    [
      both.replace("/web", "/shop/cart"),
      both.replace("map[0]", "map[1]"),
    ],
  ],
  [
    {
      frontend: map({ hostEq: "a.test", backend: "web" }, {
        hostEq: "a.test",
        pathBeg: "/x",
        backend: "cart",
      }),
    },
    of({}),
    ["p: haproxy.frontends[0].linkBackend.map[1] is lost: an earlier rule has all its requests", both],
  ],
  [
    { frontend: { ...map({ hostEq: "a.test", backend: "web" }), linkBackend: { defaultBackend: "web" } } },
    {},
    ["/web: p: haproxy.frontends[0].linkBackend.defaultBackend is lost: the rule has no host: name the hosts in HAPROXY_0_VHOST"],
  ],
  [
    { frontend: { bindPort: 8080, bindAddress: "10.0.0.1", linkBackend: { defaultBackend: "web" } } },
    { "/web": { HAPROXY_0_PORT: "8080", HAPROXY_0_MODE: "http", HAPROXY_0_BIND_ADDR: "10.0.0.1" } },
    [],
  ],
  [
    {
      frontend: {
        bindPort: 8080,
        linkBackend: { defaultBackend: "web", map: [{ pathBeg: "/cart", backend: "cart" }] },
      },
    },
    {},
    [
      "/shop/cart: p: haproxy.frontends[0].linkBackend.map[0] is lost: a service port has all paths of one app: " +
      "HAPROXY_0_PATH needs a vhost",
      "/web: p: haproxy.frontends[0].linkBackend.defaultBackend is lost: port 8080 has rules for several apps: " +
      "a service port has one",
    ],
  ],
  [{ frontend: { bindAddress: "10.0.0.1" } }, of({}), [
    "/web: p: haproxy.frontends[0].linkBackend.map[0] differs: --http-bind and --https-bind set the address, here 10.0.0.1",
    both,
  ]],
  [{ frontend: { miscStrs: ["x"], bindModifier: "tfo", size: 1 } }, of({}), [
    "p: haproxy.frontends[0].size is lost: it is no member that is known",
    "p: haproxy.frontends[0].bindModifier is lost: --http-bind, --https-bind and HAPROXY_{n}_BIND_OPTIONS have such options",
    "p: haproxy.frontends[0].miscStrs is lost: it is text for HAProxy: a template label such as " +
    "HAPROXY_{n}_BACKEND_HTTP_OPTIONS, or a template of the operator can have it",
    both,
  ]],
  [{ frontend: { bindPort: 0 } }, {}, [
    "p: haproxy.frontends[0] is lost: expected a protocol HTTP, HTTPS, TCP or TLS, and a bindPort from 1 to 65535",
  ]],
  [{ frontend: map({ hostEq: "a.test", backend: "none" }) }, {}, [
    'p: haproxy.frontends[0].linkBackend.map[0] is lost: there is no backend of the name "none"',
  ]],
  [
    { backend: { balance: "leastconn", protocol: "HTTPS", rewriteHttp: { sticky: {} } } },
    of({ HAPROXY_0_BALANCE: "leastconn", HAPROXY_0_BACKEND_TLS: "true", HAPROXY_0_STICKY: "true" }),
    [both],
  ],
  [
    {
      backend: {
        rewriteHttp: {
          host: "b.test",
          sticky: { enabled: false },
          path: { fromPath: "/a", toPath: "/" },
          request: { forwardfor: false, rewritePath: true },
          response: { rewriteLocation: false },
        },
      },
    },
    of({ HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH: "/a" }),
    [
      "p: haproxy.backends[0].rewriteHttp.request.forwardfor is lost: backends always send this header",
      "p: haproxy.backends[0].rewriteHttp.host is lost: no label sets the Host header; the template " +
      "HAPROXY_{n}_BACKEND_HTTP_OPTIONS can",
      both,
    ],
  ],
  [{ backend: { rewriteHttp: { path: { fromPath: "/a", toPath: "/b" } } } }, of({}), [
    'p: haproxy.backends[0].rewriteHttp.path is lost: labels remove a path and put none before it ("/a" becomes "/b"); ' +
    "the template HAPROXY_{n}_HTTP_BACKEND_PROXYPASS_GLUE can",
    both,
  ]],
  [{ backend: { customCheck: { httpchk: true }, services: [service("/web"), service("/two")] } }, of({}), [
    "p: haproxy.backends[0].customCheck is lost: HAProxy checks tasks by the health checks of the app: write one there",
    "p: haproxy.backends[0].services[1] is lost: a service of marathon-lb has one app; HAPROXY_{n}_TRAFFIC_SHARE on each " +
    "app gives each its part",
    both,
  ]],
  [{ backend: { services: [service("/two", { portName: "admin", check: { enabled: true } })] } }, {
    "/two": { HAPROXY_1_VHOST: "a.test" },
  }, [both.replace("/web", "/two")]],
  [{ backend: { services: [service("/two", { port: 80 })] } }, {}, [
    "p: haproxy.backends[0].services[0].endpoint is lost: expected a portName: /two has 2 ports",
  ]],
  [{ backend: { services: [service("/web", { miscStr: "weight 20", type: "AGENT_IP" })] } }, of({}), [
    "p: haproxy.backends[0].services[0].endpoint.type differs: the networking of the app decides whether its tasks have " +
    "addresses of their own",
    "p: haproxy.backends[0].services[0].endpoint.miscStr is lost: HAPROXY_{n}_TRAFFIC_SHARE sets the part of an app",
    both,
  ]],
  [{ backend: { services: [{ endpoint: { type: "ADDRESS", address: "db.test", port: 555 } }] } }, {}, [
    "p: haproxy.backends[0].services[0].endpoint.type is lost: it is an address, not an app; --static-apps serves addresses",
  ]],
  [{ backend: { services: [service("/none")] } }, {}, [
    "p: haproxy.backends[0].services[0].marathon is lost: Marathon has no app /none; pods are not translated",
  ]],
  [
    {
      backend: { services: [{ mesos: { frameworkName: "marathon", taskName: "cart.shop" }, endpoint: {} }] },
    },
    {
      "/shop/cart": vhost,
    },
    [both.replace("/web", "/shop/cart")],
  ],
  [{ backend: { services: [{ marathon: { serviceIDPattern: "^/web" }, endpoint: {} }] } }, {}, [
    "p: haproxy.backends[0].services[0] is lost: expected marathon.serviceID alone: patterns, pods and tasks of other " +
    "frameworks are no apps",
  ]],
  [{ more: { count: 2, colour: "blue" }, haproxy: { stats: { bindPort: 1 }, resolvers: [] } }, of({}), [
    "p: colour is lost: it is no member that is known",
    "p: count is lost: it says where and how the pool runs, which the app definition of marathon-lb does",
    "p: haproxy.resolvers is lost: it is no member that is known",
    "p: haproxy.stats is lost: --admin-bind sets the address of the statistics",
    both,
  ]],
];

Deno.test("members of a pool become labels, and what has none is listed with the reason", () => {
  for (const [given, labels, lines] of table) {
    const result = imported(pool(given));
    assert.deepEqual(result.labels, labels, JSON.stringify(given));
    assert.deepEqual(result.lines, lines, JSON.stringify(given));
  }
});

Deno.test("what is no pool of the API V2 is refused", () => {
  const rows: [value: unknown, message: RegExp][] = [
    [[], /^expected a pool of Edge-LB: an object with the members name and haproxy$/],
    [{ apps: [] }, /^expected a pool/],
    [{ ...pool(), apiVersion: "V1" }, /^its apiVersion is "V1"; expected "V2"$/],
  ];
  for (const [value, message] of rows) {
    assert.throws(
      () => readPool(value, apps),
      (error) => error instanceof TypeError && message.test(error.message),
    );
  }
});
