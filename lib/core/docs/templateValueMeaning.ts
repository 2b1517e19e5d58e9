import type { TemplateName, templateTable } from "../templates/templateTable.ts";

type Row = typeof templateTable[number];
type ValueName = Row["values"][number];
type ValueNameOf<Name extends TemplateName> = Extract<Row, { name: Name }>["values"][number];

/** What each value of the templates holds. */
const meanings: Readonly<Record<ValueName, string>> = {
  supervised: "whether marathon-lb runs HAProxy itself: for `{{#if}}`",
  workDir: "`--work-dir`",
  runDir: "`--run-dir`",
  stateDir: "`--state-dir`",
  adminBind: "`--admin-bind`",
  adminAllow: "`--admin-allow`, with spaces between; empty when everybody may: for `{{#if}}`",
  httpBind: "`--http-bind`",
  httpsBind: "`--https-bind`",
  appidBind: "`--appid-bind`",
  defaultOptions: "the options of `HAPROXY_GLOBAL_DEFAULT_OPTIONS`: a list, for `{{#each}}`",
  logToStdout: "whether `HAPROXY_SYSLOGD` is set: for `{{#if}}`",
  logToSyslog: "whether there is a system log, `/dev/log`: for `{{#if}}`",
  maxconn: "the highest number of connections that the limit of file descriptors leaves room for",
  strictLimits: "whether file descriptors suffice for the health checks of all servers: for `{{#unless}}`",
  hardStopAfter: "`--hard-stop-after`, as HAProxy writes times",
  mworkerMaxReloads: "`--mworker-max-reloads`",

  frontend:
    "name of the frontend: that of the backend, with `_in` behind it from HAProxy 3.2 on, which warns of names that " +
    "frontends and backends share",
  backend: "name of the service's backend, such as `web_10000`",
  appId: "the app's id, such as `/web`",
  mode: "`http` or `tcp`",
  balance: "the label `BALANCE`, else `roundrobin`",
  bindAddr: "the label `BIND_ADDR`, else `*`",
  servicePort: "the port at which the service is exposed",
  sslCert: "a blank and `ssl crt FILE` from the label `SSL_CERT`, else empty",
  bindOptions: "a blank and the label `BIND_OPTIONS`, else empty",
  user: "the user in the label `AUTH`",
  passwd: "the crypted password in the label `AUTH`",
  realm: "the realm in the label `AUTH`, else empty",
  path: "the label `PATH`, else empty",

  hostname: "one host name of the label `VHOST`, which may be a wildcard such as `*.example.com`",
  hostMatch: "how a fetch of HAProxy matches that host: `-i HOST`, for a wildcard `-m end -i .DOMAIN`",
  cleanedUpHostname:
    "a name for the service in ACLs, made of its first host name and its app id, such as `shop_example_com_web`",
  cleanedUpAppId: "the app's id as part of a name of an ACL",
  vhost: "the first host name of the label `VHOST` that is no wildcard, else empty",
  vhosts: "the host names of the label `VHOST` that are no wildcards, separated by blanks, else empty",
  domains:
    "the domains of the wildcards of the label `VHOST`, such as `.example.com`, separated by blanks, else empty",
  haproxy_dir: "the directory of the configuration file and the maps",
  ifFound:
    "a blank and a condition that the map knows the host, where rules of wildcards stand behind the look-up, else empty",

  host: "host name or address of the task's agent",
  host_ipv4: "the IPv4 address of the task: its agent's, in the network `container` its own",
  port: "the task's port",
  serverName: "a name for the server, made of host, address and port",
  serverId: "a number for the server that stays the same over reloads",
  cookieOptions: "a blank and `check cookie VALUE` with the label `STICKY`, else empty",
  healthCheckOptions:
    "a blank and the rendered `HAPROXY_BACKEND_SERVER_…_HEALTHCHECK_OPTIONS`, empty without a health check",
  otherOptions: "a blank and `disabled` while a blue/green deployment drains the task, else empty",

  name: "name of the vhost's backend and TLS frontend",
  sslCerts: "the certificates, each as `crt FILE`",
  alpn:
    "a blank and `alpn h2,http/1.1`, empty where the bind options of the vhost's services name protocols themselves",
  bindOpts: "the labels `BIND_OPTIONS` of the vhost's services, each behind blanks, else empty",

  proxypath: "the label `HTTP_BACKEND_PROXYPASS_PATH`",
  rootpath: "the label `HTTP_BACKEND_REVPROXY_PATH`",
  hostPattern: "a regular expression for the host names of the label `VHOST`",
  pathGroup: "the group of the default's regular expression that holds the path, such as `\\6`",
  redirpath: "the label `HTTP_BACKEND_REDIR`",
  network_allowed: "one entry of the label `BACKEND_NETWORK_ALLOWED_ACL`",

  healthCheck:
    "the whole check, for its entries: `protocol`, `path`, `port`, `portIndex`, `timeoutSeconds`, `intervalSeconds`, `gracePeriodSeconds`, `maxConsecutiveFailures`",
  healthCheckPortIndex: "`portIndex` of the check, else empty",
  healthCheckPort: "the port that is checked where it is known, else empty",
  healthCheckProtocol: "`protocol` of the check, such as `MESOS_HTTP`",
  healthCheckPath: "`path` of the check, else `/`",
  healthCheckTimeoutSeconds: "`timeoutSeconds` of the check, else 20",
  healthCheckIntervalSeconds: "`intervalSeconds` of the check, else 60",
  healthCheckGracePeriodSeconds: "`gracePeriodSeconds` of the check, else 300",
  healthCheckMaxConsecutiveFailures: "`maxConsecutiveFailures` of the check, else 3",
  healthCheckFalls: "`healthCheckMaxConsecutiveFailures` plus 1",
  healthCheckPortOptions: "a blank and `port PORT` where `healthCheckPort` is known, else empty",
};

const allHosts = "all host names of the label `VHOST`, separated by commas, else empty";

/** Where a value holds something else in one template than in the others. */
const exceptions: { readonly [Name in TemplateName]?: { readonly [Value in ValueNameOf<Name>]?: string } } = {
  HTTP_FRONTEND_APPID_ACL: { hostname: allHosts },
  HTTP_BACKEND_PROXYPASS_GLUE: { hostname: allHosts },
  HTTP_BACKEND_REVPROXY_GLUE: { hostname: allHosts },
  HTTP_BACKEND_REDIR: { hostname: allHosts },
  HTTPS_GROUPED_VHOST_FRONTEND_ACL: {
    backend: "name of the backend that leads to the vhost's TLS frontend",
    host: "the vhost",
  },
};

/** What a value holds in a template; undefined for a name that is no value of any template. */
export function templateValueMeaning(template: string, value: string): string | undefined {
  const special: Readonly<Record<string, Readonly<Record<string, string>>>> = exceptions;
  const general: Readonly<Record<string, string>> = meanings;
  return special[template]?.[value] ?? general[value];
}
