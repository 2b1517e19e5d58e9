import assert from "node:assert/strict";
import { explainUrl } from "../../../lib/core/explain/url.ts";
import { explainApp } from "../../../lib/core/explain/app.ts";
import { explanationText, urlText } from "../../../lib/core/explain/text.ts";
import type { ServicePorts } from "../../../lib/core/model/context.ts";
import { styleFor } from "../../../lib/core/style.ts";
import { worldOf } from "./support/worldOf.ts";

const apps = [
  { id: "/api", labels: { HAPROXY_0_VHOST: "shop.com", HAPROXY_0_PATH: "/api" } },
  { id: "/shop", portDefinitions: [{ port: 10_002 }], labels: { HAPROXY_0_VHOST: "shop.com,www.shop.com" } },
  {
    id: "/wild",
    portDefinitions: [{ port: 10_003 }],
    labels: { HAPROXY_0_VHOST: "*.shop.com", HAPROXY_0_REDIRECT_TO_HTTPS: "true" },
  },
  {
    id: "/only-path",
    portDefinitions: [{ port: 10_004 }],
    labels: { HAPROXY_0_VHOST: "paths.com", HAPROXY_0_PATH: "-i /a /b" },
  },
];
const forms: [what: string, render: Parameters<typeof worldOf>[0]["render"]][] = [
  ["rules", {}],
  ["maps", { haproxyMap: true }],
  ["grouped HTTPS", { groupHttpsByVhost: true }],
];

/** URL, the frontend, the app that answers, and what else would match, in order. */
const table: [url: string, frontend: string, app: string, also: string[]][] = [
  ["http://shop.com/", "marathon_http_in", "/shop", []],
  ["http://shop.com/api/v1", "marathon_http_in", "/api", ["/shop"]],
  ["SHOP.com/other", "marathon_http_in", "/shop", []],
  ["http://www.shop.com/", "marathon_http_in", "/shop", ["/wild"]],
  ["http://x.shop.com/", "marathon_http_in", "/wild", []],
  ["https://shop.com/api", "marathon_https_in", "/api", ["/shop"]],
  ["http://paths.com/B/c", "marathon_http_in", "/only-path", []],
  ["http://anything:10002/x", "shop_10002", "/shop", []],
];
for (const [form, render] of forms) {
  const world = worldOf({ apps, render });
  for (const [url, frontend, app, also] of table) {
    Deno.test(`explainUrl: ${url} with ${form} leads to ${app}`, () => {
      const found = explainUrl(world, url);
      assert.equal(found.matched?.app, app);
      assert.deepEqual(found.also.map((one) => one.app), also);
      assert.deepEqual(found.reasons, []);
      assert.ok(found.matched.rule.length > 0, "no line of the configuration");
      assert.ok(found.matched.why.length > 0);
      assert.deepEqual(found.matched.servers.map(({ address, port }) => [address, port]), [[
        "10.0.0.1",
        31_000,
      ]]);
      if (form !== "grouped HTTPS") assert.equal(found.frontend, frontend);
      const { text, maps } = world.configuration;
      for (const line of found.matched.rule) {
        assert.ok([text, ...Object.values(maps)].some((file) => file.includes(line)), line);
      }
    });
  }
}

Deno.test("explainUrl: says that plain HTTP is answered by a redirect, and which weight decides", () => {
  const world = worldOf({ apps });
  assert.match(explainUrl(world, "http://x.shop.com").matched!.why, /redirect to HTTPS/);
  assert.doesNotMatch(explainUrl(world, "https://x.shop.com").matched!.why, /redirect/);
  const [also] = explainUrl(world, "http://shop.com/api").also;
  assert.match(also!.why, /^it comes behind \/api: service 0: its weight is 0, that of the other is 1$/);
});

const unmatched: [url: string, code: string, message: RegExp][] = [
  ["http://shob.com/", "url-without-vhost", /no service has the vhost shob\.com; the nearest are shop\.com/],
  [
    "http://paths.com/c",
    "url-without-path",
    /no service of paths\.com has the path \/c; those that it has: -i \/a \/b/,
  ],
  [
    "http://shop.com:10009/",
    "url-without-listener",
    /no frontend listens on port 10009; the nearest port is 1000/,
  ],
  ["http://shop.com:9091/", "url-by-app-id", /port 9091 finds apps by the header X-Marathon-App-Id/],
];
for (const [url, code, message] of unmatched) {
  Deno.test(`explainUrl: ${url} matches nothing: ${code}`, () => {
    const found = explainUrl(worldOf({ apps }), url);
    assert.equal(found.matched, undefined);
    assert.deepEqual(found.reasons.map((reason) => reason.code), [code]);
    assert.match(found.reasons[0]!.message, message);
    assert.ok(found.reasons[0]!.hint.length > 0);
  });
}

const closed: [labels: Record<string, string>, servicePorts: ServicePorts, why: RegExp, hint: RegExp][] = [
  [{}, "none", /: service 0: --service-ports none closes it$/, /set HAPROXY_0_EXPOSE_PORT to true/],
  [{ HAPROXY_0_VHOST: "a.com" }, "without-vhost", /--service-ports without-vhost closes it$/, /Use a vhost/],
  [{ HAPROXY_0_EXPOSE_PORT: "false" }, "all", /: the label HAPROXY_0_EXPOSE_PORT closes it$/, /EXPOSE_PORT/],
];
for (const [labels, servicePorts, why, hint] of closed) {
  Deno.test(`explainUrl: a service port that is closed with ${servicePorts} and ${JSON.stringify(labels)}`, () => {
    const world = worldOf({ apps: [{ id: "/web", labels }], servicePorts });
    const [reason, ...more] = explainUrl(world, "http://lb.com:10001/").reasons;
    assert.deepEqual(more, []);
    assert.equal(reason!.code, "url-without-listener");
    assert.match(
      reason!.message,
      /^no frontend listens on port 10001, the service port of \/web: service 0: /,
    );
    assert.match(reason!.message, why);
    assert.match(reason!.hint, hint);
    const explanation = explainApp(world, "/web");
    assert.ok(!("nearest" in explanation));
    assert.match(
      explanationText(explanation, styleFor(false)),
      /^Service 0, port 10001 closed, (?:http|tcp)/m,
    );
    assert.deepEqual(explanation.services[0]!.rules.filter(({ kind }) => kind === "port"), []);
  });
}

for (const url of ["", "http://", "ftp://shop.com", "http://[", "/path"]) {
  Deno.test(`explainUrl: ${JSON.stringify(url)} is no URL`, () => {
    assert.throws(() => explainUrl(worldOf({ apps }), url), RangeError);
  });
}

for (const [form, render] of forms) {
  Deno.test(`explainUrl: TLS that is passed through goes by the server name (${form})`, () => {
    const world = worldOf({
      render,
      apps: [
        { id: "/bank", labels: { HAPROXY_0_VHOST: "bank.com,*.b.com", HAPROXY_0_SNI_PASSTHROUGH: "true" } },
        { id: "/web", portDefinitions: [{ port: 10_002 }], labels: { HAPROXY_0_VHOST: "a.b.com,*.c.com" } },
      ],
    });
    const appOf = (url: string) => explainUrl(world, url).matched?.app;
    assert.equal(appOf("https://bank.com/any"), "/bank");
    assert.equal(appOf("https://x.b.com/"), "/bank");
    assert.equal(appOf("https://a.b.com/"), "/web");
    assert.equal(appOf("http://bank.com/"), undefined);
    assert.equal(appOf("http://a.b.com/"), "/web");
    const { frontend, matched } = explainUrl(world, "https://bank.com/any");
    assert.equal(frontend, form === "grouped HTTPS" ? "marathon_https_in" : "marathon_https_sni_in");
    assert.ok(
      matched!.rule.includes("use_backend bank_10001 if { req.ssl_sni -i bank.com }"),
      matched!.rule.join(),
    );
  });
}

Deno.test("explainUrl: tells the shares of services with TRAFFIC_SHARE, and what else matches", () => {
  const side = (id: string, port: number, share: string, more: Record<string, string> = {}) => ({
    id,
    portDefinitions: [{ port }],
    labels: { HAPROXY_0_VHOST: "shop.com", HAPROXY_0_TRAFFIC_SHARE: share, ...more },
  });
  const cart = { HAPROXY_0_PATH: "/cart" };
  for (const haproxyMap of [false, true]) {
    const world = worldOf({
      apps: [
        side("/canary", 10_002, "10"),
        side("/shop", 10_001, "rest"),
        side("/cart/a", 10_003, "1", cart),
        side("/cart/b", 10_004, "2", cart),
      ],
      render: { haproxyMap },
    });
    const found = explainUrl(world, "https://shop.com/");
    assert.equal(found.matched?.app, "/canary");
    assert.deepEqual(found.shares, [
      { app: "/canary", index: 0, backend: "canary_10002", percent: 10 },
      { app: "/shop", index: 0, backend: "shop_10001", percent: 90 },
    ]);
    assert.deepEqual(found.also, []);
    const below = explainUrl(world, "http://shop.com/cart/1");
    assert.deepEqual(below.shares?.map(({ app, percent }) => [app, percent]), [["/cart/a", 33.3], [
      "/cart/b",
      66.7,
    ]]);
    assert.deepEqual(below.also.map(({ app }) => app), ["/canary", "/shop"]);
    const text = urlText(below, styleFor(false));
    assert.match(text, /shared by \/cart\/a, service 0, and \/cart\/b, service 0\n/);
    assert.match(text, /\n {2}\/cart\/b, service 0: 66\.7 %, in backend cart_b_10004\n/);
    assert.equal(
      explainUrl(world, "http://any:10002/").shares,
      undefined,
      "the service port has one service",
    );
  }
});
