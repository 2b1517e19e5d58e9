// Longer than other files because it is one table, which the program, the help and the documentation use.

/** One template of the generated configuration. */
export interface TemplateRow {
  /** Its name behind `HAPROXY_`. */
  readonly name: string;
  /** `service`: may be overridden by the label `HAPROXY_{n}_<name>`; `global`: by environment and files only. */
  readonly scope: "global" | "service";
  /** The reference never formatted this one, so braces are literal in an override in its syntax. */
  readonly raw?: true;
  /** Whether it is a part of a line: an override is trimmed, and follows a space unless it is empty. */
  readonly inline?: true;
  /** False if a label of the same name means something else. */
  readonly label?: false;
  /**
   * The section it begins, with its values as placeholders, in any of these spellings; absent if it begins none. An
   * override in a label may begin no other.
   */
  readonly opens?: readonly string[];
  /** The names it may use. */
  readonly values: readonly string[];
  readonly description: string;
}

const vhostValues = [
  "cleanedUpHostname",
  "hostname",
  "hostMatch",
  "appId",
  "path",
  "realm",
  "backend",
] as const;

const healthCheckValues = [
  "healthCheck",
  "healthCheckPortIndex",
  "healthCheckPort",
  "healthCheckProtocol",
  "healthCheckPath",
  "healthCheckTimeoutSeconds",
  "healthCheckIntervalSeconds",
  "healthCheckGracePeriodSeconds",
  "healthCheckMaxConsecutiveFailures",
  "healthCheckFalls",
  "healthCheckPortOptions",
] as const;

/** Every template. The renderer, the help and the documentation use this table. */
export const templateTable = [
  {
    name: "HEAD",
    scope: "global",
    raw: true,
    values: [
      "supervised",
      "workDir",
      "runDir",
      "stateDir",
      "countersFile",
      "quicBind",
      "adminBind",
      "adminAllow",
      "defaultOptions",
      "logToStdout",
      "logToSyslog",
      "maxconn",
      "strictLimits",
      "hardStopAfter",
      "mworkerMaxReloads",
    ],
    description: "The `global`, `defaults` and `listen stats` sections.",
  },
  {
    name: "USERLIST_HEAD",
    scope: "service",
    opens: ["userlist user_{backend}"],
    values: ["backend", "user", "passwd"],
    description: "The userlist of a service with `AUTH`.",
  },
  {
    name: "HTTP_FRONTEND_HEAD",
    scope: "global",
    raw: true,
    values: ["httpBind"],
    description: "The HTTP frontend for all vhosts.",
  },
  {
    name: "HTTP_FRONTEND_APPID_HEAD",
    scope: "global",
    raw: true,
    values: ["appidBind"],
    description: "The HTTP frontend that selects the app by the `X-Marathon-App-Id` header.",
  },
  {
    name: "HTTPS_FRONTEND_HEAD",
    scope: "global",
    values: ["httpsBind", "sslCerts", "quicBind", "quicPort"],
    description: "The HTTPS frontend for all vhosts.",
  },
  {
    name: "HTTPS_GROUPED_FRONTEND_HEAD",
    scope: "global",
    raw: true,
    values: ["httpsBind"],
    description: "With `--group-https-by-vhost`: the TCP frontend that reads the server name.",
  },
  {
    name: "HTTPS_GROUPED_VHOST_FRONTEND_ACL",
    scope: "global",
    values: ["backend", "host", "hostMatch"],
    description: "With `--group-https-by-vhost`: the rule that routes one server name to its TLS frontend.",
  },
  {
    name: "HTTPS_GROUPED_VHOST_BACKEND_HEAD",
    scope: "global",
    values: ["name"],
    description: "With `--group-https-by-vhost`: the backend that leads to the TLS frontend of one vhost.",
  },
  {
    name: "HTTPS_GROUPED_VHOST_FRONTEND_HEAD",
    scope: "global",
    values: ["frontend", "name", "sslCerts", "alpn", "bindOpts"],
    description: "With `--group-https-by-vhost`: the TLS frontend of one vhost.",
  },
  {
    name: "HTTPS_PASSTHROUGH_FRONTEND_HEAD",
    scope: "global",
    raw: true,
    values: ["httpsBind"],
    description: "With a service that has `SNI_PASSTHROUGH`: the TCP frontend that reads the server name.",
  },
  {
    name: "HTTPS_PASSTHROUGH_FRONTEND_ACL",
    scope: "global",
    values: ["backend", "host", "hostMatch"],
    description: "With a service that has `SNI_PASSTHROUGH`: the rule that routes one server name.",
  },
  {
    name: "HTTPS_PASSTHROUGH_OTHERS",
    scope: "global",
    values: ["backend", "socket"],
    description:
      "With a service that has `SNI_PASSTHROUGH`: what leads all other server names to the HTTPS frontend. That " +
      "frontend is rendered from `HTTPS_FRONTEND_HEAD`, with a socket of HAProxy's own as `httpsBind`.",
  },
  {
    name: "HTTPS_PASSTHROUGH_MISDIRECTED",
    scope: "global",
    values: ["terminated", "passed"],
    description:
      "With a service that has `SNI_PASSTHROUGH`: the answer of the HTTPS frontend to requests for hosts whose TLS " +
      "is passed through.",
  },
  {
    name: "FRONTEND_HEAD",
    scope: "service",
    // The reference has no value for the name of the frontend.
    opens: ["frontend {frontend}", "frontend {backend}"],
    values: ["bindAddr", "backend", "servicePort", "mode", "sslCert", "bindOptions", "frontend"],
    description: "The frontend of a service port.",
  },
  {
    name: "FRONTEND_BACKEND_GLUE",
    scope: "service",
    values: ["backend"],
    description: "The rule that routes the service port to its backend.",
  },
  {
    name: "BACKEND_HEAD",
    scope: "service",
    opens: ["backend {backend}"],
    values: ["backend", "balance", "mode"],
    description: "The head of a backend.",
  },
  {
    name: "BACKEND_REDIRECT_HTTP_TO_HTTPS",
    scope: "service",
    values: ["bindAddr", "cleanedUpHostname", "backend"],
    description: "The redirect from HTTP to HTTPS of a service with `REDIRECT_TO_HTTPS`.",
  },
  {
    name: "BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH",
    scope: "service",
    values: ["bindAddr", "cleanedUpHostname", "backend"],
    description: "The same for a service with `PATH`.",
  },
  {
    name: "BACKEND_HSTS_OPTIONS",
    scope: "service",
    raw: true,
    values: [],
    description: "The response header of a service with `USE_HSTS`.",
  },
  {
    name: "BACKEND_HTTP_OPTIONS",
    scope: "service",
    raw: true,
    values: [],
    description: "The options of every backend in mode http.",
  },
  {
    name: "BACKEND_STICKY_OPTIONS",
    scope: "service",
    raw: true,
    values: [],
    description: "The cookie of a service with `STICKY`.",
  },
  {
    name: "HTTP_FRONTEND_ACL",
    scope: "service",
    values: vhostValues,
    description: "HTTP frontend. One vhost: its ACL and its rule.",
  },
  {
    name: "HTTP_FRONTEND_ACL_WITH_AUTH",
    scope: "service",
    values: vhostValues,
    description: "HTTP frontend. One vhost with `AUTH`: its ACLs and its rules.",
  },
  {
    name: "HTTP_FRONTEND_ACL_WITH_PATH",
    scope: "service",
    values: vhostValues,
    description: "HTTP frontend. One vhost with `PATH`: its ACLs and its rule.",
  },
  {
    name: "HTTP_FRONTEND_ACL_WITH_AUTH_AND_PATH",
    scope: "service",
    values: vhostValues,
    description: "HTTP frontend. One vhost with `AUTH` and `PATH`: its ACLs and its rules.",
  },
  {
    name: "HTTP_FRONTEND_ACL_ONLY",
    scope: "service",
    values: vhostValues,
    description: "HTTP frontend. The ACL of one vhost, without a rule.",
  },
  {
    name: "HTTP_FRONTEND_ACL_ONLY_WITH_PATH",
    scope: "service",
    values: vhostValues,
    description: "HTTP frontend. The ACL of a path, without a rule.",
  },
  {
    name: "HTTP_FRONTEND_ACL_ONLY_WITH_PATH_AND_AUTH",
    scope: "service",
    values: vhostValues,
    description: "HTTP frontend. The ACLs of a path and a login, without a rule.",
  },
  {
    name: "HTTP_FRONTEND_ROUTING_ONLY",
    scope: "service",
    values: vhostValues,
    description: "HTTP frontend. The rule for ACLs that precede it.",
  },
  {
    name: "HTTP_FRONTEND_ROUTING_ONLY_WITH_AUTH",
    scope: "service",
    values: vhostValues,
    description: "HTTP frontend. The rules for ACLs that precede them, with `AUTH`.",
  },
  {
    name: "HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH",
    scope: "service",
    values: vhostValues,
    description: "HTTP frontend. The rule for ACLs that precede it, with `PATH`.",
  },
  {
    name: "HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH_AND_AUTH",
    scope: "service",
    values: vhostValues,
    description: "HTTP frontend. The rules for ACLs that precede them, with `PATH` and `AUTH`.",
  },
  {
    name: "HTTPS_FRONTEND_ACL",
    scope: "service",
    values: vhostValues,
    description: "HTTPS frontend. One vhost: its ACL and its rule.",
  },
  {
    name: "HTTPS_FRONTEND_ACL_WITH_AUTH",
    scope: "service",
    values: vhostValues,
    description: "HTTPS frontend. One vhost with `AUTH`: its ACLs and its rules.",
  },
  {
    name: "HTTPS_FRONTEND_ACL_WITH_PATH",
    scope: "service",
    values: vhostValues,
    description: "HTTPS frontend. One vhost with `PATH`: its ACLs and its rule.",
  },
  {
    name: "HTTPS_FRONTEND_ACL_WITH_AUTH_AND_PATH",
    scope: "service",
    values: vhostValues,
    description: "HTTPS frontend. One vhost with `AUTH` and `PATH`: its ACLs and its rules.",
  },
  {
    name: "HTTPS_FRONTEND_ACL_ONLY_WITH_PATH",
    scope: "service",
    values: vhostValues,
    description: "HTTPS frontend. The ACL of a path, without a rule.",
  },
  {
    name: "HTTPS_FRONTEND_AUTH_ACL_ONLY",
    scope: "service",
    values: vhostValues,
    description: "HTTPS frontend. The ACL of a login. Rendered nowhere; kept for existing overrides.",
  },
  {
    name: "HTTPS_FRONTEND_AUTH_REQUEST_ONLY",
    scope: "service",
    values: vhostValues,
    description: "HTTPS frontend. The request for a login. Rendered nowhere; kept for existing overrides.",
  },
  {
    name: "HTTPS_FRONTEND_ROUTING_ONLY_WITH_PATH_AND_AUTH",
    scope: "service",
    values: vhostValues,
    description:
      "HTTPS frontend. The rules for ACLs that precede them, with `PATH` and `AUTH`. Rendered nowhere; kept for " +
      "existing overrides.",
  },
  {
    name: "MAP_HTTP_FRONTEND_ACL",
    scope: "service",
    values: ["haproxy_dir", "ifFound"],
    description:
      "With `--haproxy-map`. The lookup of the vhost on the HTTP frontend. A label for `HTTP_FRONTEND_ACL` " +
      "also replaces it.",
  },
  {
    name: "MAP_HTTP_FRONTEND_ACL_ONLY",
    scope: "service",
    values: ["haproxy_dir", "ifFound"],
    description:
      "With `--haproxy-map`. The same lookup, used when a service with several vhosts comes first. A label for " +
      "`HTTP_FRONTEND_ACL_ONLY` also replaces it.",
  },
  {
    name: "MAP_HTTPS_FRONTEND_ACL",
    scope: "service",
    values: ["haproxy_dir", "ifFound"],
    description:
      "With `--haproxy-map`. The lookup of the vhost on the HTTPS frontend. A label for `HTTPS_FRONTEND_ACL` " +
      "also replaces it.",
  },
  {
    name: "MAP_HTTP_FRONTEND_APPID_ACL",
    scope: "service",
    values: ["haproxy_dir"],
    description:
      "With `--haproxy-map`. The lookup of the app id. A label for `HTTP_FRONTEND_APPID_ACL` also replaces it.",
  },
  {
    name: "HTTP_FRONTEND_APPID_ACL",
    scope: "service",
    values: ["cleanedUpAppId", "hostname", "appId", "backend"],
    description: "App-id frontend. The ACL of one app and its rule.",
  },
  {
    name: "HTTP_BACKEND_PROXYPASS_GLUE",
    scope: "service",
    values: ["hostname", "vhost", "proxypath"],
    description: "The rules of a service with `HTTP_BACKEND_PROXYPASS_PATH`.",
  },
  {
    name: "HTTP_BACKEND_REVPROXY_GLUE",
    scope: "service",
    values: ["hostname", "hostPattern", "rootpath", "rootFormat", "pathGroup"],
    description: "The rules of a service with `HTTP_BACKEND_REVPROXY_PATH`.",
  },
  {
    name: "HTTP_BACKEND_REDIR",
    scope: "service",
    label: false,
    values: ["hostname", "vhosts", "domains", "redirpath", "redirFormat"],
    description:
      "The rules of a service with `HTTP_BACKEND_REDIR`. The label of that name holds the path itself. Only " +
      "the environment and files replace this template.",
  },
  {
    name: "HTTP_BACKEND_NETWORK_ALLOWED_ACL",
    scope: "service",
    values: ["network_allowed"],
    description: "Mode http: the ACL of one allowed source.",
  },
  {
    name: "TCP_BACKEND_NETWORK_ALLOWED_ACL",
    scope: "service",
    values: ["network_allowed"],
    description: "Mode tcp: the ACL of one allowed source.",
  },
  {
    name: "HTTP_BACKEND_AUTH",
    scope: "global",
    values: ["backend", "realm"],
    description:
      "The request for a login of a service with `AUTH_EVERYWHERE`. It precedes all other rules of the backend.",
  },
  {
    name: "HTTP_BACKEND_RATE_LIMIT",
    scope: "global",
    values: ["requests", "period", "seconds"],
    description:
      "Mode http: the rules of a service with `RATE_LIMIT`. They precede all others of the backend.",
  },
  {
    name: "TCP_BACKEND_RATE_LIMIT",
    scope: "global",
    values: ["requests", "period", "seconds"],
    description:
      "Mode tcp: the rules of a service with `RATE_LIMIT`. They precede all others of the backend.",
  },
  {
    name: "BACKEND_LIMITS",
    scope: "global",
    values: ["retries", "redispatch", "timeouts"],
    description: "The lines of a service with `RETRIES`, `REDISPATCH` or `TIMEOUT_…` in its backend.",
  },
  {
    name: "FRONTEND_TIMEOUTS",
    scope: "global",
    values: ["timeouts"],
    description: "The lines of a service with `TIMEOUT_…` in the frontend of its service port.",
  },
  {
    name: "HTTP_BACKEND_ACL_ALLOW_DENY",
    scope: "global",
    raw: true,
    values: [],
    description: "Mode http: allows the listed sources and denies all others.",
  },
  {
    name: "TCP_BACKEND_ACL_ALLOW_DENY",
    scope: "global",
    raw: true,
    values: [],
    description: "Mode tcp: allows the listed sources and rejects all others.",
  },
  {
    name: "BACKEND_HTTP_HEALTHCHECK_OPTIONS",
    scope: "service",
    values: healthCheckValues,
    description: "Mode http: the health check of a backend.",
  },
  {
    name: "BACKEND_TCP_HEALTHCHECK_OPTIONS",
    scope: "service",
    values: healthCheckValues,
    description: "Mode tcp, or a TCP check: the health check of a backend.",
  },
  {
    name: "BACKEND_SERVER_HTTP_HEALTHCHECK_OPTIONS",
    scope: "service",
    inline: true,
    values: healthCheckValues,
    description: "Mode http: the health check of one server.",
  },
  {
    name: "BACKEND_SERVER_TCP_HEALTHCHECK_OPTIONS",
    scope: "service",
    inline: true,
    values: healthCheckValues,
    description: "Mode tcp, or a TCP check: the health check of one server.",
  },
  {
    name: "BACKEND_SERVER_OPTIONS",
    scope: "service",
    values: [
      "host",
      "host_ipv4",
      "port",
      "serverName",
      "serverId",
      "cookieOptions",
      "healthCheckOptions",
      "otherOptions",
    ],
    description: "One server.",
  },
] as const satisfies readonly TemplateRow[];

export type TemplateName = typeof templateTable[number]["name"];
