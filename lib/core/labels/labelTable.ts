import type { LabelKind } from "./labelKinds.ts";

export interface LabelRow {
  /** The name behind `HAPROXY_{n}_`, or behind `HAPROXY_` for a label of the whole app. */
  readonly name: string;
  readonly scope: "service" | "app";
  /** How it is read, and what it can change. */
  readonly kind: LabelKind;
  /** What it sets, for the documentation. */
  readonly sets: string;
  /** A value that can be read, for the documentation. */
  readonly example: string;
}

/**
 * Every label of an app but template overrides, which are in `templateTable`. The parser, the help and the
 * documentation use this table.
 */
export const labelTable = [
  {
    name: "GROUP",
    scope: "app",
    kind: "groups",
    sets: "the app's groups",
    example: "external,internal",
  },
  {
    name: "DEPLOYMENT_GROUP",
    scope: "app",
    kind: "deploymentGroup",
    sets: "the id that joins both sides of a blue/green deployment into one app",
    example: "web",
  },
  {
    name: "DEPLOYMENT_ALT_PORT",
    scope: "app",
    kind: "toolPort",
    sets: "the service port of the new side during a deployment, for deployment tools",
    example: "10002",
  },
  {
    name: "DEPLOYMENT_COLOUR",
    scope: "app",
    kind: "colour",
    sets: "the side's name, for deployment tools",
    example: "blue",
  },
  {
    name: "DEPLOYMENT_STARTED_AT",
    scope: "app",
    kind: "time",
    sets: "the time at which the side was deployed; the later side is the new one",
    example: "2026-03-01T09:30:00Z",
  },
  {
    name: "DEPLOYMENT_TARGET_INSTANCES",
    scope: "app",
    kind: "instances",
    sets:
      "the number of instances that both sides together end with; needs `HAPROXY_DEPLOYMENT_NEW_INSTANCES`",
    example: "20",
  },
  {
    name: "DEPLOYMENT_NEW_INSTANCES",
    scope: "app",
    kind: "instances",
    sets:
      "that both sides stay, each with a share of the target instances. Deployment tools read the number itself",
    example: "10",
  },
  {
    name: "GROUP",
    scope: "service",
    kind: "groups",
    sets: "the service's groups, which override the app's",
    example: "internal",
  },
  {
    name: "ENABLED",
    scope: "service",
    kind: "boolean",
    sets: "whether the service is exposed",
    example: "true",
  },
  {
    name: "VHOST",
    scope: "service",
    kind: "hosts",
    sets: "the host names on the HTTP and HTTPS frontends",
    example: "shop.example.com,www.example.com",
  },
  {
    name: "PATH",
    scope: "service",
    kind: "prefixes",
    sets: "the path prefixes under the vhost; a weight of 0 becomes 1",
    example: "-i /cart /checkout",
  },
  {
    name: "BACKEND_WEIGHT",
    scope: "service",
    kind: "weight",
    sets: "the order of the vhost rules; the highest weight comes first",
    example: "10",
  },
  {
    name: "AUTH",
    scope: "service",
    kind: "auth",
    sets:
      "basic authentication of the virtual hosts only. As in the reference, service port and app id stay open " +
      "without `AUTH_EVERYWHERE`. `openssl passwd -6` makes a crypted password. HAProxy checks the password at " +
      "every request, which costs a few milliseconds with `openssl`'s defaults. At most 100000 rounds of `$5$` " +
      "and `$6$`, cost 12 of bcrypt and 64 MiB of yescrypt or scrypt are accepted",
    example: "Shop:alice:$5$mlb$BK3k24A8rh89NXzlcfLkfA1pFGjZvTUUnX3bb6SAGd6",
  },
  {
    name: "AUTH_EVERYWHERE",
    scope: "service",
    kind: "boolean",
    sets:
      "that the login of `AUTH` also protects the service port and the app id; in mode http only. The backend " +
      "requires the login, so the templates `…_WITH_AUTH` of the vhost frontends are not used",
    example: "true",
  },
  {
    name: "STICKY",
    scope: "service",
    kind: "boolean",
    sets: "stickiness by cookie",
    example: "true",
  },
  {
    name: "REDIRECT_TO_HTTPS",
    scope: "service",
    kind: "boolean",
    sets: "a redirect from HTTP to HTTPS; needs a vhost",
    example: "true",
  },
  {
    name: "USE_HSTS",
    scope: "service",
    kind: "boolean",
    sets: "the `Strict-Transport-Security` response header",
    example: "true",
  },
  {
    name: "SSL_CERT",
    scope: "service",
    kind: "file",
    sets: "the certificate for the bind of the service port",
    example: "/etc/ssl/shop.pem",
  },
  {
    name: "BIND_OPTIONS",
    scope: "service",
    kind: "bindOptions",
    sets: "extra options for the bind of the service port",
    example: "accept-proxy",
  },
  {
    name: "BIND_ADDR",
    scope: "service",
    kind: "bindAddresses",
    sets: "the addresses for the bind of the service port, `*` by default",
    example: "10.0.0.1",
  },
  {
    name: "PORT",
    scope: "service",
    kind: "port",
    sets: "the port that exposes the service, instead of the service port",
    example: "8080",
  },
  {
    name: "EXPOSE_PORT",
    scope: "service",
    kind: "sharedBoolean",
    sets: "whether the service has a frontend at its service port; overrides `--service-ports`",
    example: "false",
  },
  {
    name: "MODE",
    scope: "service",
    kind: "mode",
    sets: "the mode. The default is `http` with a vhost or an HTTP health check, else `tcp`",
    example: "http",
  },
  {
    name: "BALANCE",
    scope: "service",
    kind: "balance",
    sets: "the balance algorithm, `roundrobin` by default",
    example: "leastconn",
  },
  {
    name: "HTTP_BACKEND_PROXYPASS_PATH",
    scope: "service",
    kind: "path",
    sets: "a path that is removed before the request reaches the app",
    example: "/shop",
  },
  {
    name: "HTTP_BACKEND_REVPROXY_PATH",
    scope: "service",
    kind: "path",
    sets: "a path that is put before the app's `Location` headers",
    example: "/shop",
  },
  {
    name: "HTTP_BACKEND_REDIR",
    scope: "service",
    kind: "location",
    sets: "the target of a redirect from the vhost's `/`",
    example: "/welcome",
  },
  {
    name: "BACKEND_NETWORK_ALLOWED_ACL",
    scope: "service",
    kind: "networks",
    sets: "the allowed sources; all others are denied",
    example: "10.0.0.0/8 192.168.1.7",
  },
  {
    name: "BACKEND_HEALTHCHECK_PORT_INDEX",
    scope: "service",
    kind: "index",
    sets: "the index of the service port that the health check uses",
    example: "1",
  },
  {
    name: "RATE_LIMIT",
    scope: "service",
    kind: "rate",
    sets:
      "how many requests each client address may make in a period. HAProxy answers more with 429. In mode tcp it " +
      "counts connections, and closes more. See [traffic.md](traffic.md#rate-limits)",
    example: "100/10s",
  },
  {
    name: "MAXCONN",
    scope: "service",
    kind: "connections",
    sets:
      "how many requests each task gets at a time; in mode tcp, how many connections. More wait in a queue, for " +
      "`TIMEOUT_QUEUE` at most. See [traffic.md](traffic.md#connections-and-queue)",
    example: "50",
  },
  {
    name: "RETRIES",
    scope: "service",
    kind: "retries",
    sets: "how often HAProxy tries to connect again when a task does not accept a connection, 3 by default",
    example: "2",
  },
  {
    name: "REDISPATCH",
    scope: "service",
    kind: "boolean",
    sets: "whether each retry goes to another task. By default only the last one does, unless " +
      "`HAPROXY_GLOBAL_DEFAULT_OPTIONS` says otherwise. When false, all go to the same task",
    example: "true",
  },
  {
    name: "TIMEOUT_CONNECT",
    scope: "service",
    kind: "duration",
    sets: "how long HAProxy waits for a task to accept a connection, `3s` by default",
    example: "500ms",
  },
  {
    name: "TIMEOUT_SERVER",
    scope: "service",
    kind: "duration",
    sets:
      "how long HAProxy waits for a task to answer or to send more, `30s` by default. In mode http, 504 is the " +
      "answer after that",
    example: "2m",
  },
  {
    name: "TIMEOUT_QUEUE",
    scope: "service",
    kind: "duration",
    sets:
      "how long a request waits for a task with less than `MAXCONN` requests, `30s` by default. In mode http, 503 is " +
      "the answer after that",
    example: "5s",
  },
  {
    name: "TIMEOUT_TUNNEL",
    scope: "service",
    kind: "duration",
    sets: "how long a WebSocket, or a connection in mode tcp, may be idle, `1h` by default",
    example: "12h",
  },
  {
    name: "TIMEOUT_CLIENT",
    scope: "service",
    kind: "duration",
    sets:
      "how long HAProxy waits for a client to send or to accept more, `30s` by default. It applies to the service port " +
      "only, because all vhosts share their frontends",
    example: "2m",
  },
  {
    name: "TIMEOUT_HTTP_REQUEST",
    scope: "service",
    kind: "duration",
    sets:
      "how long a client may take to send the headers of a request, `15s` by default; at the service port only, in mode " +
      "http",
    example: "5s",
  },
  {
    name: "TIMEOUT_HTTP_KEEP_ALIVE",
    scope: "service",
    kind: "duration",
    sets:
      "how long a connection may wait for the next request, `1s` by default; at the service port only, in mode http",
    example: "10s",
  },
  {
    name: "BACKEND_PROTO",
    scope: "service",
    kind: "backendProto",
    sets:
      "the version of HTTP that tasks speak, `h1` by default; in mode http only. gRPC needs `h2`. Health checks stay " +
      "HTTP/1.1, as Marathon's are. See [traffic.md](traffic.md#http2-and-grpc)",
    example: "h2",
  },
  {
    name: "BACKEND_TLS",
    scope: "service",
    kind: "backendTls",
    sets:
      "whether HAProxy speaks TLS to the tasks, and with `verify` whether their certificates have to be those of an " +
      "authority. `verify` needs `BACKEND_CA_FILE`, `BACKEND_SNI` or both. See [traffic.md](traffic.md#tls-to-tasks)",
    example: "true",
  },
  {
    name: "BACKEND_CA_FILE",
    scope: "service",
    kind: "caFile",
    sets:
      "the certificates of the authorities that `BACKEND_TLS` `verify` accepts, those of HAProxy's system by default",
    example: "internal-ca.pem",
  },
  {
    name: "BACKEND_SNI",
    scope: "service",
    kind: "sni",
    sets: "the host name that HAProxy asks a task for by TLS (SNI). With `BACKEND_TLS` `verify` the " +
      "certificate of the task must have it too",
    example: "shop.internal.example.com",
  },
  {
    name: "SNI_PASSTHROUGH",
    scope: "service",
    kind: "sharedBoolean",
    sets:
      "that HAProxy hands TLS connections for the vhosts to the tasks as they are: the tasks have the certificates. It " +
      "needs `VHOST`, and the mode is tcp. See [traffic.md](traffic.md#tls-passed-through)",
    example: "true",
  },
  {
    name: "TRAFFIC_SHARE",
    scope: "service",
    kind: "share",
    sets:
      "the percentage of the requests that the service gets, where several services with this label have the same vhost " +
      "and path. `rest` is what the others leave. It needs `VHOST`. See [traffic.md](traffic.md#shares)",
    example: "10",
  },
  {
    name: "TRAFFIC_SHARE_STICKY",
    scope: "service",
    kind: "sharedBoolean",
    sets:
      "that a cookie keeps each client on its side of a `TRAFFIC_SHARE`. One side with this label is enough",
    example: "true",
  },
] as const satisfies readonly LabelRow[];
