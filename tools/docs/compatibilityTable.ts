/** The state here of something that the Python Marathon-LB 1.15.0 has. The table has names and no text of it. */
export interface CompatibilityRow {
  /** A flag, a label without `HAPROXY_{n}_`, a template without `HAPROXY_`, a variable, a path, or a line of the log. */
  readonly name: string;
  /** `older`: only versions before 1.15.0 have it, and this program too. */
  readonly state: "same" | "changed" | "gone" | "older";
  /** How it differs, or what to use instead; required unless it is the same. */
  readonly how?: string;
}

const same = (...names: string[]): CompatibilityRow[] => names.map((name) => ({ name, state: "same" }));
const changed = (name: string, how: string): CompatibilityRow => ({ name, state: "changed", how });
const gone = (name: string, how: string): CompatibilityRow => ({ name, state: "gone", how });

/** The flags of `--longhelp`. */
export const flagRows: readonly CompatibilityRow[] = [
  ...same("help"),
  changed("longhelp", "it prints the reference of this program"),
  changed("marathon", "the certificates of `https://` URLs are verified; `--insecure-marathon` does without"),
  ...same("haproxy-config", "group"),
  changed("command", "its exit code decides, not a new process; no shell runs it"),
  changed("max-reload-retries", "the earlier files are restored when the last retry fails"),
  ...same("reload-interval", "strict-mode", "sse"),
  changed("archive-versions", "earlier versions are in `archive/`, beside the configuration"),
  ...same("health-check", "lru-cache-capacity", "haproxy-map", "dont-bind-http-https"),
  changed("group-https-by-vhost", "with `--haproxy-map` all vhosts answer, not only the first"),
  changed("ssl-certs", "directories are accepted too; each certificate is checked first"),
  ...same("skip-validation"),
  changed(
    "skip-config-cleanup",
    "a service at fault refuses the change; without it only that service is left out",
  ),
  ...same("dry", "min-serv-port-ip-per-task", "max-serv-port-ip-per-task", "max-backoff"),
  changed("syslog-socket", "`udp://` and `tcp://` addresses are accepted too"),
  changed("log-format", "`json` is accepted too; the default has the level"),
  changed("log-level", "the default is `INFO`, not `DEBUG`"),
  ...same("marathon-auth-credential-file"),
  changed("auth-credentials", "the password may have colons"),
  changed("dcos-auth-credentials", "the certificate of the login is verified"),
  changed("marathon-ca-cert", "it verifies the DC/OS login too"),
  { name: "listening", state: "older", how: "for Marathon up to 1.4" },
  { name: "callback-url", state: "older", how: "for Marathon up to 1.4" },
];

/** The modes of the script `run`. */
export const modeRows: readonly CompatibilityRow[] = [
  ...same("sse"),
  changed("poll", "the program keeps running between two polls"),
  { name: "event", state: "older", how: "for Marathon up to 1.4" },
];

const refused = "other values are [refused](migrating.md#values-of-labels)";

/** The labels of an app and of its services. */
export const labelRows: readonly CompatibilityRow[] = [
  ...same("GROUP"),
  changed("DEPLOYMENT_GROUP", "the id of an app outside the group leaves its app out"),
  ...same("DEPLOYMENT_ALT_PORT", "DEPLOYMENT_COLOUR", "DEPLOYMENT_STARTED_AT", "DEPLOYMENT_TARGET_INSTANCES"),
  ...same("DEPLOYMENT_NEW_INSTANCES", "ENABLED"),
  changed("VHOST", `wildcards match; the port and the case of a request do not count; ${refused}`),
  changed("PATH", refused),
  ...same("BACKEND_WEIGHT"),
  changed("AUTH", "each service has its own users; " + refused),
  ...same("STICKY", "REDIRECT_TO_HTTPS"),
  changed("USE_HSTS", "the header replaces the one of the app"),
  changed("SSL_CERT", refused),
  changed("BIND_OPTIONS", refused),
  changed("BIND_ADDR", refused),
  ...same("PORT", "MODE"),
  changed("BALANCE", refused),
  changed("HTTP_BACKEND_PROXYPASS_PATH", "`Host` is the first host of `VHOST`; " + refused),
  changed("HTTP_BACKEND_REVPROXY_PATH", "the path of a `Location` is kept; " + refused),
  changed("HTTP_BACKEND_REDIR", "all hosts of `VHOST` match; " + refused),
  changed("BACKEND_NETWORK_ALLOWED_ACL", refused),
  ...same("BACKEND_HEALTHCHECK_PORT_INDEX"),
];

/** The templates, which variables and files override, and most of them labels. */
export const templateRows: readonly CompatibilityRow[] = [
  changed("HEAD", "the default [has gained lines](migrating.md#haproxy_head)"),
  ...same("USERLIST_HEAD", "HTTP_FRONTEND_HEAD", "HTTP_FRONTEND_APPID_HEAD"),
  changed("HTTPS_FRONTEND_HEAD", "the default offers HTTP/2"),
  ...same("HTTPS_GROUPED_FRONTEND_HEAD"),
  changed("HTTPS_GROUPED_VHOST_FRONTEND_HEAD", "the default offers HTTP/2"),
  ...same("HTTPS_GROUPED_VHOST_BACKEND_HEAD"),
  changed("HTTPS_GROUPED_VHOST_FRONTEND_ACL", "the default compares names in any case"),
  changed("FRONTEND_HEAD", "with HAProxy 3.2 and later the name ends in `_in`"),
  ...same("BACKEND_HEAD", "BACKEND_REDIRECT_HTTP_TO_HTTPS"),
  ...same("BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH"),
  changed("BACKEND_HSTS_OPTIONS", "the default sets the header instead of adding one"),
  ...[
    "HTTP_FRONTEND_ACL",
    "HTTP_FRONTEND_ACL_WITH_AUTH",
    "HTTP_FRONTEND_ACL_ONLY",
    "HTTP_FRONTEND_ACL_WITH_PATH",
    "HTTP_FRONTEND_ACL_WITH_AUTH_AND_PATH",
  ].map((name) => changed(name, "the default compares the Host header without its port")),
  ...["MAP_HTTP_FRONTEND_ACL", "MAP_HTTP_FRONTEND_ACL_ONLY", "MAP_HTTP_FRONTEND_APPID_ACL"].map((name) =>
    changed(name, "the label has an effect")
  ),
  changed(
    "MAP_HTTPS_FRONTEND_ACL",
    "the label has an effect; the default looks up the Host header, not the SNI",
  ),
  ...same("HTTP_FRONTEND_ROUTING_ONLY", "HTTP_FRONTEND_ROUTING_ONLY_WITH_AUTH"),
  ...same("HTTP_FRONTEND_ACL_ONLY_WITH_PATH", "HTTP_FRONTEND_ACL_ONLY_WITH_PATH_AND_AUTH"),
  ...same("HTTPS_FRONTEND_ACL_ONLY_WITH_PATH", "HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH"),
  ...same("HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH_AND_AUTH", "HTTP_FRONTEND_APPID_ACL"),
  ...[
    "HTTPS_FRONTEND_ACL",
    "HTTPS_FRONTEND_ACL_WITH_AUTH",
    "HTTPS_FRONTEND_ACL_WITH_PATH",
    "HTTPS_FRONTEND_ACL_WITH_AUTH_AND_PATH",
    "HTTPS_FRONTEND_AUTH_REQUEST_ONLY",
  ].map((name) => changed(name, "the default compares the Host header, not the SNI")),
  ...same("HTTPS_FRONTEND_AUTH_ACL_ONLY"),
  ...same("HTTPS_FRONTEND_ROUTING_ONLY_WITH_PATH_AND_AUTH", "BACKEND_HTTP_OPTIONS"),
  changed("HTTP_BACKEND_PROXYPASS_GLUE", "the default uses `http-request replace-path`"),
  changed("HTTP_BACKEND_REVPROXY_GLUE", "the default uses `http-response replace-header`"),
  changed("HTTP_BACKEND_REDIR", "the default matches all hosts of `VHOST`"),
  ...same("BACKEND_HTTP_HEALTHCHECK_OPTIONS", "BACKEND_TCP_HEALTHCHECK_OPTIONS", "BACKEND_STICKY_OPTIONS"),
  ...same("BACKEND_SERVER_OPTIONS", "BACKEND_SERVER_HTTP_HEALTHCHECK_OPTIONS"),
  ...same("BACKEND_SERVER_TCP_HEALTHCHECK_OPTIONS", "FRONTEND_BACKEND_GLUE"),
  ...same("HTTP_BACKEND_NETWORK_ALLOWED_ACL", "HTTP_BACKEND_ACL_ALLOW_DENY"),
  ...same("TCP_BACKEND_NETWORK_ALLOWED_ACL", "TCP_BACKEND_ACL_ALLOW_DENY"),
];

/** The environment variables of the program and of the script `run`. */
export const variableRows: readonly CompatibilityRow[] = [
  changed("PORTS", "it is optional"),
  ...same("HAPROXY_SSL_CERT", "HAPROXY_SSL_CERT0", "POLL_INTERVAL", "HAPROXY_GLOBAL_DEFAULT_OPTIONS"),
  changed("HAPROXY_SYSLOGD", "HAProxy logs to standard output; no syslogd runs"),
  ...same(
    "SYSLOG_SOCKET",
    "HAPROXY_SYSCTL_PARAMS",
    "HAPROXY_SYSCTL_NONSTRICT",
    "MESOS_SANDBOX",
    "FRAMEWORK_NAME",
  ),
  ...same("MARATHON_USER", "MARATHON_PASSWORD", "VAULT_TOKEN"),
  changed("VAULT_HOST", "`VAULT_URL` alone suffices"),
  changed("VAULT_PORT", "`VAULT_URL` alone suffices"),
  changed("VAULT_PATH", "`VAULT_URL` alone suffices"),
  changed("VAULT_URL", "its certificate is verified, with `VAULT_CACERT` where it is set"),
  ...same("DCOS_SERVICE_ACCOUNT_CREDENTIAL", "HAPROXY_<TEMPLATE>"),
];

/** The paths that port 9090 answers. */
export const endpointRows: readonly CompatibilityRow[] = [
  ...same("/haproxy?stats", "/haproxy?stats;csv"),
  changed(
    "/metrics",
    "HAProxy's own metrics, named as its version names them; `/_mlb_metrics` has the controller's",
  ),
  ...same("/_haproxy_health_check"),
  changed("/_haproxy_getconfig", "it includes what runtime commands have changed"),
  ...same("/_haproxy_getvhostmap", "/_haproxy_getappmap"),
  changed("/_haproxy_getpids", "only the processes of this load balancer"),
  changed("/_mlb_signal/hup", "it works in mode `poll` too; pages of other sites get 403"),
  changed("/_mlb_signal/usr1", "it works in mode `poll` too; pages of other sites get 403"),
];

/** Files, sockets and programs. */
export const fileRows: readonly CompatibilityRow[] = [
  changed("/marathon-lb/haproxy.cfg", "at most mode 0640"),
  ...same("/etc/haproxy/haproxy.cfg"),
  changed("domain2backend.map", "at most mode 0640"),
  changed("app2backend.map", "at most mode 0640"),
  changed("/tmp/hap_cfg.1", "`archive/haproxy.cfg.1`, beside the configuration"),
  changed("/tmp/domain_map.1", "`archive/domain2backend.map.1`, beside the maps"),
  changed("/tmp/app_map.1", "`archive/app2backend.map.1`, beside the maps"),
  gone(
    "haproxy_tmp_conf_fail",
    "the log and `/_mlb_status` name the service at fault, with the words of HAProxy",
  ),
  changed("/etc/ssl/cert.pem", "a self-signed one is ECDSA, and is made only once"),
  changed("/var/run/haproxy/socket", "mode 0600, level `admin`"),
  changed("/var/state/haproxy/global", "it is written before each reload, without `socat`"),
  changed("/dev/log", "used where the machine has one"),
  ...same("templates/", "$MESOS_SANDBOX/templates/"),
  gone("/marathon-lb/run", "`marathon-lb` accepts the same words"),
  gone("/marathon-lb/marathon_lb.py", "`marathon-lb` without a mode accepts the same flags"),
  gone("/marathon-lb/reload_haproxy.sh", "`/_mlb_signal/usr1`, or the signal `USR1`"),
  gone("/marathon-lb/service/", "HAProxy is a child of `marathon-lb`, without runit"),
  gone("/marathon-lb/syslogd/", "`HAPROXY_SYSLOGD` needs none"),
  gone("/marathon-lb/zdd.py", "`marathon-lb deploy`; the tool of the old one works from elsewhere"),
  gone("/marathon-lb/bluegreen_deploy.py", "`marathon-lb deploy`"),
];

/** A line of the old log that a search may look for, and the words to look for instead. */
export interface LogRow {
  /** Words of the old line; `…` stands for what varies. */
  readonly old: string;
  /** Words of the new line, which occur so in the program; undefined where there is none. */
  readonly now?: string;
  /** The level of the new line, or what to use instead of one. */
  readonly how: string;
}

/** Lines of the log that alerts and searches use. All texts are new. */
export const logRows: readonly LogRow[] = [
  { old: "SSE Active, trying fetch events from …", now: "Event stream of", how: "INFO" },
  { old: "received event of type …", how: "`/_mlb_metrics` counts events" },
  {
    old: "Possible timeout detected: …",
    now: "the stream counts as dead, reconnecting at once",
    how: "WARNING",
  },
  { old: "Reconnecting in …s...", now: "Reconnecting in", how: "WARNING" },
  { old: "Error calling …, trying next host.", now: "answered instead", how: "WARNING" },
  { old: "Connection error(…): …", now: "Marathon did not answer", how: "ERROR" },
  { old: "Unexpected error!", now: "Retrying in", how: "ERROR, with the cause" },
  { old: "fetching apps", how: "`/_mlb_status` has the last synchronisations" },
  { old: "generating config", how: "`/_mlb_status` has the last synchronisations" },
  { old: "running config is different from generated config - reloading", now: "Applied in", how: "INFO" },
  { old: "skipping reload: config unchanged", now: "Nothing to do", how: "DEBUG" },
  { old: "reloading using …", now: "(reloaded because", how: "INFO, with the reason" },
  { old: "reload finished, took … seconds", now: "Applied in", how: "INFO" },
  { old: "reload failed after … seconds", now: "Retrying in", how: "ERROR" },
  {
    old: "haproxy returned non-zero when checking config",
    now: "HAProxy refuses it",
    how: "ERROR, for each service",
  },
  {
    old: "invalid configuration caused by app …",
    now: "is left out, HAProxy refuses it",
    how: "ERROR, for each service",
  },
  {
    old: "A valid config file could not be generated after excluding all apps!",
    now: "HAProxy refuses even a configuration without apps",
    how: "the start ends with it",
  },
  {
    old: "skipping app … without any server entries!",
    now: "the app has no task",
    how: "in `notServed` of `/_mlb_status`",
  },
  { old: "Ignoring Marathon task without host …", now: "Marathon names no host for it", how: "WARNING" },
  { old: "Ignoring non-running task …", now: "no task", how: "in `notServed` of `/_mlb_status`" },
  {
    old: "Task … does not yet have an ip address allocated",
    now: "it has no IP address yet",
    how: "WARNING",
  },
  { old: "Could not resolve ip for host …", now: "cannot be resolved to an IP address", how: "WARNING" },
  { old: "Service ports are exhausted", now: "the range for IP-per-task apps is full", how: "WARNING" },
  { old: "received signal SIGHUP - reloading config", now: "Applied in", how: "INFO, with the signal" },
  { old: "received signal SIGUSR1 - reloading existing config", now: "as it is on disk", how: "INFO" },
  { old: "overriding … from …", how: "`--dry` prints what a template makes" },
];
