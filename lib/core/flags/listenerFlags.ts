import type { Flag } from "./flag.ts";

/** The flags that say where HAProxy listens: a part of the flag table. */
export const listenerFlags = [
  {
    name: "dont-bind-http-https",
    kind: "switch",
    group: "Listeners",
    description: "Generate no HTTP and HTTPS frontends.",
  },
  {
    name: "service-ports",
    kind: "servicePorts",
    argument: "CHOICE",
    default: "all",
    group: "Listeners",
    description:
      "Which services get a frontend at their service port: all, those without-vhost, or none. The label " +
      "HAPROXY_{n}_EXPOSE_PORT overrides it for one service.",
    ours: true,
  },
  {
    name: "port-reload-delay",
    kind: "seconds",
    argument: "SECONDS",
    default: 5,
    minimum: 0,
    group: "HAProxy and reloads",
    description:
      "With HAProxy 3.4 and --haproxy-map, new apps with a vhost are served without a reload. The frontends for " +
      "their service ports follow by one reload, which comes so long after the first of them. 0 reloads at once.",
    ours: true,
  },
  {
    name: "http-bind",
    kind: "bindAddress",
    argument: "ADDR:PORT",
    default: "*:80",
    group: "Listeners",
    description: "The address of the HTTP frontend.",
    ours: true,
  },
  {
    name: "https-bind",
    kind: "bindAddress",
    argument: "ADDR:PORT",
    default: "*:443",
    group: "Listeners",
    description: "The address of the HTTPS frontend.",
    ours: true,
  },
  {
    name: "http3",
    kind: "switch",
    group: "Listeners",
    description:
      "Speak HTTP/3 at --https-bind as well, where HAProxy is built with QUIC. Answers tell browsers by alt-svc.",
    ours: true,
  },
  {
    name: "appid-bind",
    kind: "bindAddress",
    argument: "ADDR:PORT",
    default: "*:9091",
    group: "Listeners",
    description: "The address of the frontend that selects apps by the header X-Marathon-App-Id.",
    ours: true,
  },
  {
    name: "admin-bind",
    kind: "bindAddress",
    argument: "ADDR:PORT",
    default: "0.0.0.0:9090",
    group: "Listeners",
    description: "The address of the statistics, the metrics and the signal endpoints.",
    ours: true,
  },
  {
    name: "admin-allow",
    kind: "networks",
    argument: "CIDR",
    variadic: true,
    repeats: true,
    default: [],
    defaultText: "everyone",
    group: "Listeners",
    description: "The networks that may use all of --admin-bind; others get only health checks and metrics.",
    ours: true,
  },
] as const satisfies readonly Flag[];
