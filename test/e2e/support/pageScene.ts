import type { JsonObject } from "../../../tools/simulated-marathon/JsonObject.ts";

/** A cluster as an operator's may look: most of it well, some of it not, for each kind of trouble one app. */
export function pageScene(port: (n: number) => number): JsonObject[] {
  let next = 0;
  const app = (id: string, labels: Record<string, string> = {}, more: JsonObject = {}): JsonObject => ({
    id,
    instances: 2,
    portDefinitions: [{ port: port(next++) }],
    labels: { HAPROXY_GROUP: "external", ...labels },
    healthChecks: [{
      protocol: "HTTP",
      path: "/health",
      portIndex: 0,
      intervalSeconds: 2,
      timeoutSeconds: 2,
    }],
    ...more,
  });
  const web = (id: string, vhost: string, path?: string, more: JsonObject = {}) =>
    app(id, { HAPROXY_0_VHOST: vhost, ...path === undefined ? {} : { HAPROXY_0_PATH: path } }, more);
  return [
    web("/shop/web", "shop.example.com,www.shop.example.com", undefined, { instances: 4 }),
    web("/shop/cart", "shop.example.com", "/cart", { instances: 3 }),
    web("/shop/checkout", "shop.example.com", "/checkout"),
    web("/shop/search", "search.example.com", undefined, { instances: 3 }),
    web("/shop/images", "img.example.com"),
    web("/api/orders", "api.example.com", "/orders", { instances: 3 }),
    web("/api/users", "api.example.com", "/users"),
    web("/api/billing", "api.example.com", "/billing"),
    web("/blog", "blog.example.com"),
    web("/docs", "docs.example.com"),
    web("/intranet/wiki", "wiki.example.com"),
    web("/intranet/mail", "mail.example.com"),
    web("/metrics/grafana", "grafana.example.com"),
    web("/metrics/store", "store.metrics.example.com"),
    app("/data/redis", { HAPROXY_0_MODE: "tcp" }, { instances: 1, healthChecks: [] }),
    app("/data/postgres", { HAPROXY_0_MODE: "tcp" }, { instances: 1, healthChecks: [] }),
    // What is not served, and why.
    web("/team/newcomer", "new.example.com", undefined, { labels: { HAPROXY_0_VHOST: "new.example.com" } }),
    app("/team/internal", { HAPROXY_GROUP: "internal", HAPROXY_0_VHOST: "internal.example.com" }),
    web("/team/paused", "paused.example.com", undefined, { instances: 0 }),
    app("/team/hidden", { HAPROXY_0_VHOST: "hidden.example.com", HAPROXY_0_ENABLED: "false" }),
    app("/team/typo", { HAPROXY_0_VHOTS: "typo.example.com" }),
    app("/team/refused", { HAPROXY_0_VHOST: "refused.example.com", HAPROXY_0_BALANCE: "rounderobin" }),
    app("/team/balance", { HAPROXY_0_VHOST: "https://balance.example.com:8443/" }),
    web("/team/second-shop", "shop.example.com"),
  ];
}
