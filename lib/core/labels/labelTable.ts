/** How the text of a label is read; `readServiceLabels` has one reader for each. */
export type LabelKind =
  | "boolean"
  | "text"
  | "path"
  | "integer"
  | "port"
  | "mode"
  | "commaList"
  | "hosts"
  | "spaceList"
  | "auth";

/**
 * How far a label goes: what it can change beside the sections of its own service. `shared`: what all services share, such
 * as ports, host names, the order and conditions of rules; `machine`: files, addresses and options of the machine too.
 */
export type LabelReach = "service" | "shared" | "machine";

export interface LabelRow {
  /** The name behind `HAPROXY_{n}_`, or behind `HAPROXY_` for a label of the whole app. */
  readonly name: string;
  readonly scope: "service" | "app";
  readonly kind: LabelKind;
  /** For the documentation: labels are not trusted. A label without a word in shared sections is `service`. */
  readonly reach: LabelReach;
  /** What it sets, for the documentation. */
  readonly sets: string;
  /** How its value is written, for the documentation and for messages about values that cannot be read. */
  readonly rule: string;
  /** A value that can be read, for the documentation. */
  readonly example: string;
}

/**
 * Every label of an app that is not a template override (those are in `templateTable`). The parser, the help and
 * the documentation are made from this table.
 */
export const labelTable = [
  {
    name: "GROUP",
    scope: "app",
    kind: "commaList",
    reach: "shared",
    sets: "the app's groups",
    rule: "a comma list",
    example: "external,internal",
  },
  {
    name: "DEPLOYMENT_GROUP",
    scope: "app",
    kind: "text",
    reach: "shared",
    sets: "the id under which both sides of a blue/green deployment are one app",
    rule: "a name such as `web` or `/group/web`",
    example: "web",
  },
  {
    name: "DEPLOYMENT_ALT_PORT",
    scope: "app",
    kind: "port",
    reach: "service",
    sets: "the service port of the new side during a deployment, for deployment tools",
    rule: "a port from 1 to 65535",
    example: "10002",
  },
  {
    name: "DEPLOYMENT_COLOUR",
    scope: "app",
    kind: "text",
    reach: "service",
    sets: "the side's name, for deployment tools",
    rule: "`blue` or `green`",
    example: "blue",
  },
  {
    name: "DEPLOYMENT_STARTED_AT",
    scope: "app",
    kind: "text",
    reach: "shared",
    sets: "when the side was deployed; the later one is the new one",
    rule: "an ISO 8601 date",
    example: "2026-03-01T09:30:00Z",
  },
  {
    name: "DEPLOYMENT_TARGET_INSTANCES",
    scope: "app",
    kind: "integer",
    reach: "shared",
    sets:
      "how many instances both sides together should end with; counts with `HAPROXY_DEPLOYMENT_NEW_INSTANCES` only",
    rule: "an integer",
    example: "20",
  },
  {
    name: "DEPLOYMENT_NEW_INSTANCES",
    scope: "app",
    kind: "integer",
    reach: "shared",
    sets:
      "that both sides stay, each with a share of the target instances; the number itself is for deployment tools",
    rule: "an integer",
    example: "10",
  },
  {
    name: "GROUP",
    scope: "service",
    kind: "commaList",
    reach: "shared",
    sets: "the service's groups, over the app's",
    rule: "a comma list",
    example: "internal",
  },
  {
    name: "ENABLED",
    scope: "service",
    kind: "boolean",
    reach: "service",
    sets: "whether the service is exposed",
    rule: "a boolean",
    example: "true",
  },
  {
    name: "VHOST",
    scope: "service",
    kind: "hosts",
    reach: "shared",
    sets: "the host names on the HTTP and HTTPS frontends",
    rule: "a comma list of host names; upper case becomes lower",
    example: "shop.example.com,www.example.com",
  },
  {
    name: "PATH",
    scope: "service",
    kind: "path",
    reach: "shared",
    sets: "the path prefixes under the vhost; a weight of 0 becomes 1",
    rule: "one or more prefixes as HAProxy's `path_beg` takes them, `-i` allowed",
    example: "-i /cart /checkout",
  },
  {
    name: "BACKEND_WEIGHT",
    scope: "service",
    kind: "integer",
    reach: "shared",
    sets: "the order of the vhost rules, highest first",
    rule: "an integer",
    example: "10",
  },
  {
    name: "AUTH",
    scope: "service",
    kind: "auth",
    reach: "shared",
    sets: "basic authentication; `openssl passwd -6` makes a crypted password",
    rule: "`realm:user:crypted password`",
    example: "Shop:alice:$5$mlb$BK3k24A8rh89NXzlcfLkfA1pFGjZvTUUnX3bb6SAGd6",
  },
  {
    name: "STICKY",
    scope: "service",
    kind: "boolean",
    reach: "service",
    sets: "stickiness by cookie",
    rule: "a boolean",
    example: "true",
  },
  {
    name: "REDIRECT_TO_HTTPS",
    scope: "service",
    kind: "boolean",
    reach: "service",
    sets: "a redirect from HTTP to HTTPS; needs a vhost",
    rule: "a boolean",
    example: "true",
  },
  {
    name: "USE_HSTS",
    scope: "service",
    kind: "boolean",
    reach: "service",
    sets: "the `Strict-Transport-Security` response header",
    rule: "a boolean",
    example: "true",
  },
  {
    name: "SSL_CERT",
    scope: "service",
    kind: "text",
    reach: "machine",
    sets: "the certificate of the service port's bind",
    rule: "a path",
    example: "/etc/ssl/shop.pem",
  },
  {
    name: "BIND_OPTIONS",
    scope: "service",
    kind: "text",
    reach: "machine",
    sets: "extra options of the service port's bind",
    rule: "options as HAProxy's `bind` takes them",
    example: "accept-proxy",
  },
  {
    name: "BIND_ADDR",
    scope: "service",
    kind: "text",
    reach: "machine",
    sets: "the address of the service port's bind, `*` by default",
    rule: "an address",
    example: "10.0.0.1",
  },
  {
    name: "PORT",
    scope: "service",
    kind: "port",
    reach: "shared",
    sets: "the port at which the service is exposed, instead of the service port",
    rule: "a port from 1 to 65535",
    example: "8080",
  },
  {
    name: "MODE",
    scope: "service",
    kind: "mode",
    reach: "service",
    sets: "the mode; without it `http` with a vhost or an HTTP health check, else `tcp`",
    rule: "`tcp` or `http`",
    example: "http",
  },
  {
    name: "BALANCE",
    scope: "service",
    kind: "text",
    reach: "service",
    sets: "the balance algorithm, `roundrobin` by default",
    rule: "an algorithm as HAProxy's `balance` takes it",
    example: "leastconn",
  },
  {
    name: "HTTP_BACKEND_PROXYPASS_PATH",
    scope: "service",
    kind: "text",
    reach: "service",
    sets: "a path that is cut off before the app sees it",
    rule: "a path",
    example: "/shop",
  },
  {
    name: "HTTP_BACKEND_REVPROXY_PATH",
    scope: "service",
    kind: "text",
    reach: "service",
    sets: "a path under which the app's `Location` answers are put",
    rule: "a path",
    example: "/shop",
  },
  {
    name: "HTTP_BACKEND_REDIR",
    scope: "service",
    kind: "text",
    reach: "service",
    sets: "where the vhost's `/` is redirected to",
    rule: "a path",
    example: "/welcome",
  },
  {
    name: "BACKEND_NETWORK_ALLOWED_ACL",
    scope: "service",
    kind: "spaceList",
    reach: "service",
    sets: "the sources that are allowed; all others are denied",
    rule: "a space list of addresses or CIDRs",
    example: "10.0.0.0/8 192.168.1.7",
  },
  {
    name: "BACKEND_HEALTHCHECK_PORT_INDEX",
    scope: "service",
    kind: "integer",
    reach: "service",
    sets: "the index of the service port that is checked",
    rule: "an integer",
    example: "1",
  },
] as const satisfies readonly LabelRow[];
