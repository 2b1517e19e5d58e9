import { demoApps } from "./demoApps.ts";
import type { DemoPorts } from "./DemoPorts.ts";
import type { Route } from "./Route.ts";

/** The ways by which the demo asks: by virtual host over HTTP and HTTPS, by path, by app id, by service port. */
export function routes({ http, https, appId, services }: DemoPorts): Route[] {
  const servicePort = (app: string) => services[demoApps.findIndex(({ id }) => id === app)] as number;
  const byHost = (app: string, host: string, path = "/"): Route => ({
    app,
    via: host + path,
    protocol: "http",
    port: http,
    path,
    headers: { Host: host },
  });
  const byHostOverTls = (app: string, host: string): Route => ({
    ...byHost(app, host),
    via: "https",
    protocol: "https",
    port: https,
  });
  return [
    byHost("/web", "web.localhost"),
    byHostOverTls("/web", "web.localhost"),
    byHost("/shop/front", "shop.localhost"),
    byHost("/shop/cart", "shop.localhost", "/cart"),
    byHostOverTls("/api", "api.localhost"),
    {
      app: "/api",
      via: "app id",
      protocol: "http",
      port: appId,
      path: "/",
      headers: { "X-Marathon-App-Id": "/api" },
    },
    {
      app: "/echo",
      via: "service port",
      protocol: "http",
      port: servicePort("/echo"),
      path: "/",
      headers: {},
    },
  ];
}
