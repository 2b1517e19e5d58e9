/** An app of the demo: its id, how many tasks it begins with, and the labels that are of interest. */
export interface DemoApp {
  readonly id: string;
  readonly instances: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** Browsers and curl take every name under `localhost` for this machine. */
export const demoApps: readonly DemoApp[] = [
  { id: "/web", instances: 2, labels: { HAPROXY_0_VHOST: "web.localhost,www.localhost" } },
  { id: "/shop/front", instances: 2, labels: { HAPROXY_0_VHOST: "shop.localhost" } },
  {
    id: "/shop/cart",
    instances: 1,
    labels: { HAPROXY_0_VHOST: "shop.localhost", HAPROXY_0_PATH: "/cart" },
  },
  { id: "/api", instances: 2, labels: { HAPROXY_0_VHOST: "api.localhost", HAPROXY_0_BALANCE: "leastconn" } },
  { id: "/echo", instances: 2, labels: { HAPROXY_0_MODE: "tcp" } },
];
