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

export interface LabelRow {
  /** The name behind `HAPROXY_{n}_`, or behind `HAPROXY_` for a label of the whole app. */
  readonly name: string;
  readonly scope: "service" | "app";
  readonly kind: LabelKind;
  /** What it sets, for the documentation. */
  readonly sets: string;
  /** How its value is written, for the documentation and for messages about values that cannot be read. */
  readonly rule: string;
}

/**
 * Every label of an app that is not a template override (those are in `templateTable`). The parser, the help and
 * the documentation are made from this table.
 */
export const labelTable = [
  { name: "GROUP", scope: "app", kind: "commaList", sets: "the app's groups", rule: "a comma list" },
  {
    name: "DEPLOYMENT_GROUP",
    scope: "app",
    kind: "text",
    sets: "the id under which both sides of a blue/green deployment are one app",
    rule: "a name such as `web` or `/group/web`",
  },
  {
    name: "DEPLOYMENT_ALT_PORT",
    scope: "app",
    kind: "port",
    sets: "the service port of the new side during a deployment, for deployment tools",
    rule: "a port from 1 to 65535",
  },
  {
    name: "DEPLOYMENT_COLOUR",
    scope: "app",
    kind: "text",
    sets: "the side's name, for deployment tools",
    rule: "`blue` or `green`",
  },
  {
    name: "DEPLOYMENT_STARTED_AT",
    scope: "app",
    kind: "text",
    sets: "when the side was deployed; the later one is the new one",
    rule: "an ISO 8601 date",
  },
  {
    name: "DEPLOYMENT_TARGET_INSTANCES",
    scope: "app",
    kind: "integer",
    sets: "how many instances both sides together should end with",
    rule: "an integer",
  },
  {
    name: "DEPLOYMENT_NEW_INSTANCES",
    scope: "app",
    kind: "integer",
    sets: "that the deployment keeps a share of both sides",
    rule: "an integer",
  },
  {
    name: "GROUP",
    scope: "service",
    kind: "commaList",
    sets: "the service's groups, over the app's",
    rule: "a comma list",
  },
  {
    name: "ENABLED",
    scope: "service",
    kind: "boolean",
    sets: "whether the service is exposed",
    rule: "a boolean",
  },
  {
    name: "VHOST",
    scope: "service",
    kind: "hosts",
    sets: "host names on the HTTP and HTTPS frontends",
    rule: "a comma list of host names; upper case becomes lower",
  },
  {
    name: "PATH",
    scope: "service",
    kind: "path",
    sets: "path prefix under the vhost; a weight of 0 becomes 1",
    rule: "one or more prefixes as HAProxy's `path_beg` takes them, `-i` allowed",
  },
  {
    name: "BACKEND_WEIGHT",
    scope: "service",
    kind: "integer",
    sets: "order of the vhost rules, highest first",
    rule: "an integer",
  },
  {
    name: "AUTH",
    scope: "service",
    kind: "auth",
    sets: "basic authentication",
    rule: "`realm:user:crypted password`",
  },
  {
    name: "STICKY",
    scope: "service",
    kind: "boolean",
    sets: "stickiness by cookie",
    rule: "a boolean",
  },
  {
    name: "REDIRECT_TO_HTTPS",
    scope: "service",
    kind: "boolean",
    sets: "redirect from HTTP to HTTPS; needs a vhost",
    rule: "a boolean",
  },
  {
    name: "USE_HSTS",
    scope: "service",
    kind: "boolean",
    sets: "the `Strict-Transport-Security` response header",
    rule: "a boolean",
  },
  {
    name: "SSL_CERT",
    scope: "service",
    kind: "text",
    sets: "certificate of the service port's bind",
    rule: "a path",
  },
  {
    name: "BIND_OPTIONS",
    scope: "service",
    kind: "text",
    sets: "extra options of that bind",
    rule: "options as HAProxy's `bind` takes them",
  },
  {
    name: "BIND_ADDR",
    scope: "service",
    kind: "text",
    sets: "the address of that bind, `*` by default",
    rule: "an address",
  },
  {
    name: "PORT",
    scope: "service",
    kind: "port",
    sets: "its port, over the service port",
    rule: "a port from 1 to 65535",
  },
  {
    name: "MODE",
    scope: "service",
    kind: "mode",
    sets: "the mode: `http` with a vhost or an HTTP health check, else `tcp`",
    rule: "`tcp` or `http`",
  },
  {
    name: "BALANCE",
    scope: "service",
    kind: "text",
    sets: "the balance algorithm, `roundrobin` by default",
    rule: "an algorithm as HAProxy's `balance` takes it",
  },
  {
    name: "HTTP_BACKEND_PROXYPASS_PATH",
    scope: "service",
    kind: "text",
    sets: "a path that is cut off before the app sees it",
    rule: "a path",
  },
  {
    name: "HTTP_BACKEND_REVPROXY_PATH",
    scope: "service",
    kind: "text",
    sets: "a path under which the app's `Location` answers are put",
    rule: "a path",
  },
  {
    name: "HTTP_BACKEND_REDIR",
    scope: "service",
    kind: "text",
    sets: "where the vhost's `/` is redirected to",
    rule: "a path",
  },
  {
    name: "BACKEND_NETWORK_ALLOWED_ACL",
    scope: "service",
    kind: "spaceList",
    sets: "sources that are allowed; all others are denied",
    rule: "a space list of addresses or CIDRs",
  },
  {
    name: "BACKEND_HEALTHCHECK_PORT_INDEX",
    scope: "service",
    kind: "integer",
    sets: "index of the service port that is checked",
    rule: "an integer",
  },
] as const satisfies readonly LabelRow[];
