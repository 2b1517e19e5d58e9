import assert from "node:assert/strict";
import fc from "fast-check";
import { exportGatewayApi } from "../../../lib/core/export/gateway.ts";
import { exportIngress } from "../../../lib/core/export/ingress.ts";
import { lossText } from "../../../lib/core/export/losses.ts";
import {
  type ExportContext,
  type ExportedObjects,
  type KubernetesObject,
  kubernetesText,
  Names,
} from "../../../lib/core/export/objects.ts";
import { labelTable } from "../../../lib/core/labels/labelTable.ts";
import { worldOf } from "../explain/support/worldOf.ts";
import { whyRefused } from "./support/schemas.ts";

const context: ExportContext = {
  className: "haproxy",
  bindHttpHttps: true,
  groupHttpsByVhost: false,
  httpPort: 80,
  httpsPort: 443,
  sslCerts: ["/etc/ssl/cert.pem"],
  backendCaDir: "/etc/ssl",
};

const formats = { "gateway-api": exportGatewayApi, ingress: exportIngress } as const;

interface AppMembers {
  readonly labels?: Readonly<Record<string, string>>;
  readonly port?: number;
  readonly hosts?: readonly string[];
  readonly taskPorts?: readonly number[];
}

function app(
  id: string,
  { labels = {}, port = 10_001, hosts = ["10.0.0.1"], taskPorts = [] }: AppMembers = {},
) {
  const tasks = hosts.map((host, rank) => ({
    id: `${id}.${rank}`,
    host,
    ports: [taskPorts[rank] ?? 31_000],
    state: "TASK_RUNNING",
  }));
  return { id, labels, portDefinitions: [{ port }], tasks };
}

function exported(
  format: keyof typeof formats,
  apps: readonly Record<string, unknown>[],
  more: Partial<ExportContext> = {},
): ExportedObjects {
  const { services } = worldOf({ apps });
  const sorted = [...services].sort((a, b) => a.port - b.port);
  const result = formats[format](sorted, { ...context, ...more });
  for (const object of objectsOf(result)) {
    assert.equal(whyRefused(object), undefined, JSON.stringify(object, undefined, 1));
  }
  return result;
}

function objectsOf({ shared, services }: ExportedObjects): KubernetesObject[] {
  return [...shared, ...services.flatMap(({ objects }) => objects)];
}

function specs(result: ExportedObjects, kind: string): Record<string, unknown>[] {
  return objectsOf(result).filter((object) => object.kind === kind).map(({ metadata, spec }) => ({
    name: metadata.name,
    ...spec as object,
  }));
}

/** The names of the labels that are lost, by what stands behind `HAPROXY_0_`. */
function lost({ losses }: ExportedObjects): string[] {
  return losses.filter(({ kind }) => kind === "lost").map(({ subject }) => subject.replace("HAPROXY_0_", ""));
}

const rule = (name: string, path: string, filters?: object[]) => ({
  matches: [{ path: { type: "PathPrefix", value: path } }],
  ...filters ? { filters } : {},
  backendRefs: [{ name, port: 10_001 }],
});

Deno.test("export gateway-api: vhost and path become an HTTPRoute at both listeners, the service port one at its own", () => {
  const labels = { HAPROXY_0_VHOST: "shop.test,*.shop.test", HAPROXY_0_PATH: "/cart /pay" };
  const result = exported("gateway-api", [app("/shop/web", { labels })]);
  const name = "shop-web-10001";
  assert.deepEqual(specs(result, "HTTPRoute"), [
    {
      name,
      parentRefs: [{ name: "marathon-lb", sectionName: "http" }, {
        name: "marathon-lb",
        sectionName: "https",
      }],
      hostnames: ["shop.test", "*.shop.test"],
      rules: [rule(name, "/cart"), rule(name, "/pay")],
    },
    {
      name: `${name}-port`,
      parentRefs: [{ name: "marathon-lb", sectionName: "port-10001" }],
      rules: [rule(name, "/")],
    },
  ]);
  const [{ listeners }] = specs(result, "Gateway") as [{ listeners: { name: string; port: number }[] }];
  assert.deepEqual(listeners.map(({ name, port }) => [name, port]), [
    ["port-10001", 10_001],
    ["https", 443],
    ["http", 80],
  ]);
  assert.deepEqual(lost(result), []);
  assert.match(
    result.preparations.join("\n"),
    /^Create the Secret marathon-lb-etc-ssl-cert .* \/etc\/ssl\/cert\.pem\.$/,
  );
  assert.match(result.losses.map(lossText).join("\n"), /^\/shop\/web: HAPROXY_0_PATH differs: .*cartoon$/);
});

Deno.test("export gateway-api: mode tcp becomes a TCPRoute, SNI_PASSTHROUGH a TLSRoute", () => {
  const result = exported("gateway-api", [
    app("/db", { labels: { HAPROXY_0_MODE: "tcp", HAPROXY_0_SSL_CERT: "/etc/ssl/db.pem" } }),
    app("/tls", {
      labels: { HAPROXY_0_VHOST: "a.test,b.test", HAPROXY_0_SNI_PASSTHROUGH: "true" },
      port: 10_002,
    }),
  ]);
  assert.deepEqual(specs(result, "TCPRoute").map(({ name, parentRefs }) => [name, parentRefs]), [
    ["db-10001-port", [{ name: "marathon-lb", sectionName: "port-10001" }]],
    ["tls-10002-port", [{ name: "marathon-lb", sectionName: "port-10002" }]],
  ]);
  const [route] = specs(result, "TLSRoute");
  assert.deepEqual(route!.hostnames, ["a.test", "b.test"]);
  const [{ listeners }] = specs(result, "Gateway") as [{ listeners: Record<string, unknown>[] }];
  assert.deepEqual(listeners.map(({ port, protocol, hostname }) => [port, protocol, hostname]), [
    [10_001, "TLS", undefined],
    [443, "TLS", "a.test"],
    [443, "TLS", "b.test"],
    [10_002, "TCP", undefined],
  ]);
  assert.deepEqual(lost(result), []);
});

Deno.test("export gateway-api: redirects, HSTS and PROXYPASS become filters", () => {
  const labels = {
    HAPROXY_0_VHOST: "shop.test",
    HAPROXY_0_REDIRECT_TO_HTTPS: "true",
    HAPROXY_0_USE_HSTS: "true",
    HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH: "/shop/",
    HAPROXY_0_HTTP_BACKEND_REDIR: "/welcome",
  };
  const routes = specs(exported("gateway-api", [app("/web", { labels })]), "HTTPRoute");
  const hsts = {
    type: "ResponseHeaderModifier",
    responseHeaderModifier: { set: [{ name: "Strict-Transport-Security", value: "max-age=15768000" }] },
  };
  const rewrite = (path?: string) => ({
    type: "URLRewrite",
    urlRewrite: {
      hostname: "shop.test",
      ...path ? { path: { type: "ReplacePrefixMatch", replacePrefixMatch: path } } : {},
    },
  });
  const [https, redirect, root] = routes;
  assert.deepEqual(https!.parentRefs, [{ name: "marathon-lb", sectionName: "https" }]);
  assert.deepEqual(https!.rules, [
    rule("web-10001", "/shop", [hsts, rewrite("/")]),
    rule("web-10001", "/", [hsts, rewrite()]),
  ]);
  assert.deepEqual(redirect!.rules, [{
    matches: [{ path: { type: "PathPrefix", value: "/" } }],
    filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 301 } }],
  }]);
  assert.deepEqual(root!.hostnames, ["shop.test"]);
  assert.deepEqual((root!.parentRefs as { sectionName: string }[]).map(({ sectionName }) => sectionName), [
    "https",
    "port-10001",
  ]);
  assert.deepEqual(root!.rules, [{
    matches: [{ path: { type: "Exact", value: "/" } }],
    filters: [{
      type: "RequestRedirect",
      requestRedirect: { path: { type: "ReplaceFullPath", replaceFullPath: "/welcome" }, statusCode: 301 },
    }],
  }]);
});

Deno.test("export gateway-api: services with a TRAFFIC_SHARE become weights of one route; where they differ, it is lost", () => {
  const labels = { HAPROXY_0_VHOST: "shop.test", HAPROXY_0_TRAFFIC_SHARE: "rest" };
  const side = { HAPROXY_0_VHOST: "shop.test", HAPROXY_0_TRAFFIC_SHARE: "10" };
  const result = exported("gateway-api", [
    app("/new", { labels: side }),
    app("/web", { labels, port: 10_002 }),
  ]);
  const routes = specs(result, "HTTPRoute");
  assert.deepEqual(routes.map(({ name }) => name), ["new-10001", "new-10001-port", "web-10002-port"]);
  assert.deepEqual((routes[0]!.rules as { backendRefs: unknown }[])[0]!.backendRefs, [
    { name: "new-10001", port: 10_001, weight: 10 },
    { name: "web-10002", port: 10_002, weight: 90 },
  ]);
  assert.deepEqual(lost(result), []);
  const unlike = { ...side, HAPROXY_0_USE_HSTS: "true" };
  const others = [app("/new", { labels: unlike }), app("/web", { labels, port: 10_002 })];
  assert.deepEqual(lost(exported("gateway-api", others)), ["TRAFFIC_SHARE", "TRAFFIC_SHARE"]);
});

const rewrites: [paths: string, removed: string, replacements: (string | undefined)[][]][] = [
  ["/shop", "/shop", [["/shop", "/"]]],
  ["/shop/cart", "/shop", [["/shop/cart", "/cart"]]],
  ["/shop", "/sh", [["/shop", "/op"]]],
  ["/Shop", "/shop", [["/Shop", "/"]]],
  ["/", "/shop", [["/shop", "/"], ["/", undefined]]],
  ["/a /b", "/b", [["/a", undefined], ["/b", "/"]]],
  ["/a", "shop", [["/a", undefined]]],
];

for (const [paths, removed, replacements] of rewrites) {
  Deno.test(`export gateway-api: PATH ${paths} with PROXYPASS_PATH ${removed} is rewritten as HAProxy does`, () => {
    const labels = {
      HAPROXY_0_VHOST: "shop.test",
      HAPROXY_0_PATH: paths,
      HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH: removed,
    };
    const [route] = specs(exported("gateway-api", [app("/web", { labels })]), "HTTPRoute");
    const rules = route!.rules as {
      matches: [{ path: { value: string } }];
      filters: { urlRewrite: { path?: { replacePrefixMatch: string } } }[];
    }[];
    assert.deepEqual(
      rules.map(({ matches, filters }) => [
        matches[0].path.value,
        filters.at(-1)!.urlRewrite.path?.replacePrefixMatch,
      ]),
      replacements,
    );
  });
}

Deno.test("export: what a login or allowed networks protect is left out of the routes rather than left open", () => {
  const auth = "Shop:alice:$5$mlb$BK3k24A8rh89NXzlcfLkfA1pFGjZvTUUnX3bb6SAGd6";
  const vhost = { HAPROXY_0_VHOST: "shop.test" };
  const rows: [labels: Record<string, string>, routes: string[]][] = [
    [{ HAPROXY_0_AUTH: auth }, ["web-10001-port"]],
    [{ HAPROXY_0_AUTH: auth, HAPROXY_0_AUTH_EVERYWHERE: "true" }, []],
    [{ HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL: "10.0.0.0/8" }, []],
    [{ HAPROXY_0_BACKEND_TLS: "true" }, []],
    [{ HAPROXY_0_BACKEND_TLS: "verify", HAPROXY_0_BACKEND_CA_FILE: "ca.pem" }, []],
  ];
  for (const [more, routes] of rows) {
    const labels = { ...vhost, ...more };
    const result = exported("gateway-api", [app("/web", { labels })]);
    assert.deepEqual(specs(result, "HTTPRoute").map(({ name }) => name), routes, JSON.stringify(more));
    assert.ok(lost(result).length > 0);
    const ingress = exported("ingress", [app("/web", { labels })]);
    assert.deepEqual(specs(ingress, "Ingress"), [], JSON.stringify(more));
  }
  const text = kubernetesText(
    exported("gateway-api", [app("/web", { labels: { ...vhost, HAPROXY_0_AUTH: auth } })]),
    [],
  );
  assert.doesNotMatch(text, /mlb\$|alice/);
});

Deno.test("export gateway-api: BACKEND_TLS verify with BACKEND_SNI becomes a BackendTLSPolicy, h2 an appProtocol", () => {
  const tls = {
    HAPROXY_0_MODE: "http",
    HAPROXY_0_BACKEND_TLS: "verify",
    HAPROXY_0_BACKEND_SNI: "in.shop.test",
  };
  const result = exported("gateway-api", [
    app("/own", { labels: { ...tls, HAPROXY_0_BACKEND_CA_FILE: "ca.pem" } }),
    app("/public", { labels: tls, port: 10_002 }),
    app("/grpc", { labels: { HAPROXY_0_MODE: "http", HAPROXY_0_BACKEND_PROTO: "h2" }, port: 10_003 }),
  ]);
  assert.deepEqual(specs(result, "BackendTLSPolicy").map(({ name, validation }) => [name, validation]), [
    ["own-10001", {
      hostname: "in.shop.test",
      caCertificateRefs: [{ group: "", kind: "ConfigMap", name: "marathon-lb-etc-ssl-ca" }],
    }],
    ["public-10002", { hostname: "in.shop.test", wellKnownCACertificates: "System" }],
  ]);
  const [, , grpc] = specs(result, "Service").sort((a, b) =>
    Number(a.name === "grpc-10003") - Number(b.name === "grpc-10003")
  );
  assert.equal((grpc!.ports as { appProtocol?: string }[])[0]!.appProtocol, "kubernetes.io/h2c");
});

Deno.test("export: tasks become EndpointSlices, one for each port and family, drained ones not ready", () => {
  const hosts = ["10.0.0.1", "10.0.0.2", "2001:db8::1", "127.0.0.1"];
  const { services } = worldOf({
    apps: [app("/web", { hosts, taskPorts: [31_001, 31_002, 31_001, 31_001] })],
  });
  const drained = services.map((service) => ({
    ...service,
    backends: service.backends.map((task) => ({ ...task, draining: task.ip === "10.0.0.2" })),
  }));
  const result = exportGatewayApi(drained, context);
  const slices = objectsOf(result).filter(({ kind }) => kind === "EndpointSlice");
  for (const object of objectsOf(result)) assert.equal(whyRefused(object), undefined);
  assert.deepEqual(
    slices.map(({ metadata, addressType, ports, endpoints }) => [
      metadata.name,
      metadata.labels?.["kubernetes.io/service-name"],
      addressType,
      (ports as { port: number }[])[0]!.port,
      (endpoints as { addresses: string[]; conditions: { ready: boolean } }[])
        .map(({ addresses, conditions }) => `${addresses} ${conditions.ready}`),
    ]),
    [
      ["web-10001-1", "web-10001", "IPv4", 31_001, ["10.0.0.1 true"]],
      ["web-10001-2", "web-10001", "IPv4", 31_002, ["10.0.0.2 false"]],
      ["web-10001-3", "web-10001", "IPv6", 31_001, ["2001:db8::1 true"]],
    ],
  );
  assert.deepEqual(lost(result), ["the task at 127.0.0.1:31001"]);
});

Deno.test("export ingress: vhosts become rules; a service port is listed, as nothing leads there", () => {
  const result = exported("ingress", [
    app("/web", { labels: { HAPROXY_0_VHOST: "shop.test", HAPROXY_0_PATH: "/cart" } }),
    app("/db", { labels: { HAPROXY_0_MODE: "tcp" }, port: 10_002 }),
  ]);
  assert.deepEqual(specs(result, "Ingress"), [{
    name: "web-10001",
    ingressClassName: "haproxy",
    tls: [{ hosts: ["shop.test"], secretName: "marathon-lb-tls" }],
    rules: [{
      host: "shop.test",
      http: {
        paths: [{
          path: "/cart",
          pathType: "Prefix",
          backend: { service: { name: "web-10001", port: { number: 10_001 } } },
        }],
      },
    }],
  }]);
  assert.deepEqual(lost(result), ["the service port 10002"]);
});

Deno.test("export: a closed service port has no listener, and is no loss", () => {
  const labels = { HAPROXY_0_VHOST: "shop.test", HAPROXY_0_EXPOSE_PORT: "false" };
  const gateway = exported("gateway-api", [app("/web", { labels })]);
  const [{ listeners }] = specs(gateway, "Gateway") as unknown as [{ listeners: { port: number }[] }];
  assert.deepEqual(listeners.map(({ port }) => port).sort(), [443, 80]);
  assert.deepEqual(lost(gateway), []);
  assert.deepEqual(lost(exported("ingress", [app("/web", { labels })])), []);
});

Deno.test("export: each label with an effect is carried over or listed", () => {
  // Those that decide which services there are, and where: they have become objects.
  const carried = ["GROUP", "ENABLED", "VHOST", "PORT", "EXPOSE_PORT", "MODE"];
  const inGateway = [
    "REDIRECT_TO_HTTPS",
    "USE_HSTS",
    "SSL_CERT",
    "HTTP_BACKEND_PROXYPASS_PATH",
    "HTTP_BACKEND_REDIR",
  ];
  const together: Record<string, Record<string, string>> = {
    AUTH_EVERYWHERE: { AUTH: labelTable.find(({ name }) => name === "AUTH")!.example },
    BACKEND_CA_FILE: { BACKEND_TLS: "verify" },
    BACKEND_SNI: { BACKEND_TLS: "verify" },
    TRAFFIC_SHARE_STICKY: { TRAFFIC_SHARE: "10" },
  };
  for (const { name, scope, example } of labelTable) {
    if (scope !== "service" || ["SNI_PASSTHROUGH"].includes(name)) continue;
    const members = { VHOST: "shop.test", ...together[name], [name]: example };
    const labels = Object.fromEntries(
      Object.entries(members).map(([key, value]) => [`HAPROXY_0_${key}`, value]),
    );
    for (const format of ["gateway-api", "ingress"] as const) {
      const apps = [{
        ...app("/web", { labels }),
        portDefinitions: [{ port: 10_001 }, { port: 10_002 }],
        tasks: [{ id: "web.0", host: "10.0.0.1", ports: [31_000, 31_001], state: "TASK_RUNNING" }],
      }];
      const result = exported(format, apps);
      if (!result.services.some(({ objects }) => objects[0]!.metadata.name.startsWith("web"))) {
        assert.fail(`${name}: ${example} is not served`);
      }
      const listed = result.losses.some(({ subject }) => subject === `HAPROXY_0_${name}`);
      const isCarried: boolean = carried.includes(name) ||
        format === "gateway-api" &&
          [...inGateway, "BACKEND_PROTO", "BACKEND_CA_FILE", "BACKEND_SNI", "TRAFFIC_SHARE"].includes(name);
      assert.equal(listed, !isCarried, `${format}: ${name}=${example}`);
    }
  }
});

Deno.test("export: templates in labels are listed, texts of labels cannot break out of a comment", () => {
  const { services } = worldOf({
    apps: [app("/web", { labels: { HAPROXY_0_BACKEND_HTTP_OPTIONS: "  option forwardfor\n" } })],
    templateLabels: ["all"],
  });
  const result = exportGatewayApi(services, context);
  assert.deepEqual(lost(result), ["BACKEND_HTTP_OPTIONS"]);
  const text = kubernetesText(result, ["a\nkind: Pod"]);
  assert.match(text, /^# a\\nkind: Pod$/m);
  assert.doesNotMatch(text, /^kind: Pod/m);
});

Deno.test("export: a Gateway has at most 64 listeners, an HTTPRoute at most 16 hosts", () => {
  const apps = Array.from({ length: 70 }, (_, rank) => app(`/db-${rank}`, { port: 11_000 + rank }));
  const hosts = Array.from({ length: 20 }, (_, rank) => `h${rank}.test`).join(",");
  const result = exported("gateway-api", [...apps, app("/web", { labels: { HAPROXY_0_VHOST: hosts } })]);
  const gateways = specs(result, "Gateway") as { name: string; listeners: { name: string }[] }[];
  assert.deepEqual(gateways.map(({ name, listeners }) => [name, listeners.length]), [
    ["marathon-lb", 64],
    ["marathon-lb-2", 9],
  ]);
  const known = new Set(
    gateways.flatMap(({ name, listeners }) => listeners.map((one) => `${name} ${one.name}`)),
  );
  for (const kind of ["HTTPRoute", "TCPRoute"]) {
    for (
      const { parentRefs } of specs(result, kind) as { parentRefs: { name: string; sectionName: string }[] }[]
    ) {
      for (const { name, sectionName } of parentRefs) assert.ok(known.has(`${name} ${sectionName}`));
    }
  }
});

Deno.test("export: names are labels of DNS and distinct, also of ids that read alike or are long", () => {
  const names = new Names();
  const taken = [
    "/a-b/c-1",
    "/a/b-c-1",
    "/A/b.c-1",
    "/1/2-3",
    `/${"x".repeat(80)}-1`,
    `/${"x".repeat(81)}-1`,
    "/ä-1",
  ]
    .map((text) => names.take(text, 54));
  assert.equal(new Set(taken).size, taken.length);
  assert.deepEqual(taken.slice(0, 1), ["a-b-c-1"]);
  assert.match(taken[1]!, /^a-b-c-1-[0-9a-f]{8}$/);
  assert.equal(taken[3], "app-1-2-3");
  const ids = fc.array(fc.string({ unit: "grapheme", maxLength: 90 }), { maxLength: 40 });
  fc.assert(fc.property(ids, (texts) => {
    const some = new Names();
    const all = texts.map((text) => some.take(text, 54));
    assert.equal(new Set(all).size, all.length);
    for (const name of all) assert.match(name, /^(?=.{1,54}$)[a-z](?:[-a-z0-9]*[a-z0-9])?$/);
  }));
});
