import type { HealthCheck } from "../marathon/healthCheck.ts";
import type { Service } from "../model/service.ts";
import { accessLogApp } from "./accessLog.ts";
import type { RenderContext } from "./context.ts";
import { cookieValue, formatText, patternText, serverId, serverName, type ServiceNames } from "./names.ts";
import { hostValues } from "./vhosts.ts";

/** Renders the backend of a service. */
export function renderBackend(service: Service, names: ServiceNames, context: RenderContext): string {
  const { labels, mode } = service;
  const { templates } = context;
  const head = templates.render("BACKEND_HEAD", {
    backend: names.backend,
    balance: labels.BALANCE ?? "roundrobin",
    mode,
  }, service);
  // Before all that answers, so that the log has the app of refused requests too.
  const parts: string[] = [accessLogApp(service, context.accessLog)];
  // Before all other rules, as one of them may accept or answer requests; and before the login, which costs time.
  if (labels.RATE_LIMIT) {
    const protocol = mode === "http" ? "HTTP" : "TCP";
    parts.push(templates.render(`${protocol}_BACKEND_RATE_LIMIT`, labels.RATE_LIMIT));
  }
  if (mode === "http" && labels.AUTH && labels.AUTH_EVERYWHERE) {
    parts.push(templates.render("HTTP_BACKEND_AUTH", { backend: names.backend, realm: labels.AUTH.realm }));
  }
  if (mode === "http") parts.push(renderHttpOptions(service, context));

  const networks = labels.BACKEND_NETWORK_ALLOWED_ACL ?? [];
  if (networks.length > 0) {
    const protocol = mode === "http" ? "HTTP" : "TCP";
    for (const network of networks) {
      const values = { network_allowed: network };
      parts.push(templates.render(`${protocol}_BACKEND_NETWORK_ALLOWED_ACL`, values, service));
    }
    parts.push(templates.render(`${protocol}_BACKEND_ACL_ALLOW_DENY`, {}));
  }
  if (labels.STICKY) parts.push(templates.render("BACKEND_STICKY_OPTIONS", {}, service));
  const limits = backendLimits(service);
  if (limits) parts.push(templates.render("BACKEND_LIMITS", limits));
  parts.push(renderServers(service, context));
  return templates.section("BACKEND_HEAD", head, parts.join(""), service);
}

function renderHttpOptions(service: Service, { templates }: RenderContext): string {
  const { labels } = service;
  const hosts = hostValues(labels.VHOST ?? []);
  const parts: string[] = [];
  if (labels.USE_HSTS) parts.push(templates.render("BACKEND_HSTS_OPTIONS", {}, service));
  parts.push(templates.render("BACKEND_HTTP_OPTIONS", {}, service));
  if (labels.HTTP_BACKEND_PROXYPASS_PATH) {
    const values = { ...hosts, proxypath: patternText(labels.HTTP_BACKEND_PROXYPASS_PATH) };
    parts.push(templates.render("HTTP_BACKEND_PROXYPASS_GLUE", values, service));
  }
  if (labels.HTTP_BACKEND_REVPROXY_PATH) {
    const values = { ...hosts, ...revproxyValues(labels.HTTP_BACKEND_REVPROXY_PATH, hosts.hostname !== "") };
    parts.push(templates.render("HTTP_BACKEND_REVPROXY_GLUE", values, service));
  }
  if (labels.HTTP_BACKEND_REDIR) {
    const redirpath = labels.HTTP_BACKEND_REDIR;
    const values = { ...hosts, redirpath, redirFormat: formatText(redirpath) };
    parts.push(templates.render("HTTP_BACKEND_REDIR", values, service));
  }
  return parts.join("");
}

/** The values of `BACKEND_LIMITS`; undefined if no label sets a limit. */
function backendLimits({ labels }: Service) {
  const { RETRIES, REDISPATCH } = labels;
  const timeouts = timeoutsOf({
    connect: labels.TIMEOUT_CONNECT,
    server: labels.TIMEOUT_SERVER,
    queue: labels.TIMEOUT_QUEUE,
    tunnel: labels.TIMEOUT_TUNNEL,
  });
  if (RETRIES === undefined && REDISPATCH === undefined && timeouts.length === 0) return undefined;
  return {
    // As a text, because a condition of a template treats 0 as absent.
    retries: RETRIES === undefined ? "" : `${RETRIES}`,
    redispatch: REDISPATCH === undefined ? "" : REDISPATCH ? "option redispatch 1" : "no option redispatch",
    timeouts,
  };
}

/** Names of timeouts with their times, as in lines of `timeout`. */
export function timeoutsOf(times: Readonly<Record<string, string | undefined>>): string[] {
  const lines: string[] = [];
  for (const name in times) if (times[name] !== undefined) lines.push(`${name} ${times[name]}`);
  return lines;
}

/** Renders the health check of a service's backend, and its `server` lines. */
export function renderServers(service: Service, context: RenderContext): string {
  const { templates } = context;
  const { healthCheck, checkPorts, backends } = service;
  const kind = healthCheck && checkKind(service.mode, healthCheck.protocol);
  let text = "";
  if (healthCheck && kind) {
    const port = checkPorts?.[0] ?? backends[0]?.port;
    text += templates.render(
      `BACKEND_${kind}_HEALTHCHECK_OPTIONS`,
      healthCheckValues(healthCheck, port),
      service,
    );
  }

  const { MAXCONN } = service.labels;
  const maxconn = MAXCONN === undefined ? "" : ` maxconn ${MAXCONN}`;
  const optionsFor = (port: number | undefined): string =>
    healthCheck && kind
      ? templates.render(
        `BACKEND_SERVER_${kind}_HEALTHCHECK_OPTIONS`,
        healthCheckValues(healthCheck, port),
        service,
      )
      : "";
  const common = checkPorts ? undefined : optionsFor(healthCheck?.port);
  const taken = new Set<number>();
  for (const [rank, backend] of backends.entries()) {
    const name = serverName(backend);
    const options = common ?? optionsFor(checkPorts?.[rank] ?? healthCheck?.port);
    const checked = checkOf(service, kind, / port /.test(options));
    text += templates.render("BACKEND_SERVER_OPTIONS", {
      host: backend.host,
      // In brackets; otherwise HAProxy would read the last part of an IPv6 address as the port.
      host_ipv4: backend.ip.includes(":") ? `[${backend.ip}]` : backend.ip,
      port: backend.port,
      serverName: name,
      serverId: serverId(name, taken),
      cookieOptions: service.labels.STICKY ? ` check cookie ${cookieValue(name)}` : "",
      healthCheckOptions: options.trim() === "" ? "" : ` ${options.trim()}`,
      otherOptions: `${connectionOptions(service, checked, context)}${maxconn}${
        backend.draining ? " disabled" : ""
      }`,
    }, service);
  }
  return text;
}

/** What a server's check does. */
interface ServerCheck {
  readonly kind: "TCP" | "HTTP";
  /** Whether Marathon's own check speaks TLS. */
  readonly isTls: boolean;
  /** Whether it names its port. */
  readonly hasPort: boolean;
}

/** The check of a server; undefined if there is none. With a cookie, there always is one. */
function checkOf(
  { labels, healthCheck }: Service,
  kind: "TCP" | "HTTP" | undefined,
  hasPort: boolean,
): ServerCheck | undefined {
  if (kind) return { kind, isTls: /HTTPS$/.test(healthCheck?.protocol ?? ""), hasPort };
  return labels.STICKY ? { kind: "TCP", isTls: false, hasPort: false } : undefined;
}

/**
 * How HAProxy connects to a server, as options each behind a blank (configuration manual, section 5.2). Checks connect
 * in the same way, except for what is set here. A check of another port alone uses no TLS, sends no server name and
 * speaks HTTP/1.1, as Marathon's own checks do.
 */
function connectionOptions(
  { labels }: Service,
  checked: ServerCheck | undefined,
  { backendCaDir, automaticSni }: RenderContext,
): string {
  const { BACKEND_PROTO: proto, BACKEND_TLS, BACKEND_CA_FILE, BACKEND_SNI: sni } = labels;
  const options: string[] = [];
  if (proto) options.push(`proto ${proto}`);
  const isTls = BACKEND_TLS === "true" || BACKEND_TLS === "verify";
  if (isTls) {
    options.push("ssl");
    if (BACKEND_TLS === "true") options.push("verify none");
    else {
      options.push(
        `verify required ca-file ${BACKEND_CA_FILE ? `${backendCaDir}/${BACKEND_CA_FILE}` : "@system-ca"}`,
      );
      if (sni) options.push(`verifyhost ${sni}`);
    }
    if (sni) options.push(`sni str(${sni})`);
    else if (automaticSni) options.push("no-sni-auto");
    if (proto) options.push(`alpn ${proto === "h2" ? "h2" : "http/1.1"}`);
  }
  if (checked) {
    if (isTls && (checked.isTls || !checked.hasPort)) {
      // In a file, `ssl` implies it if the check names no port. For a server that is added at run time, it has to be
      // explicit.
      options.push("check-ssl");
      if (sni) options.push(`check-sni ${sni}`);
      else if (automaticSni) options.push("no-check-sni-auto");
    }
    if (proto === "h2" && checked.kind === "HTTP") {
      options.push("check-proto h1");
      if (isTls) options.push("check-alpn http/1.1");
    }
  }
  return options.map((option) => ` ${option}`).join("");
}

function checkKind(mode: Service["mode"], protocol: string): "TCP" | "HTTP" {
  return mode === "tcp" || protocol === "TCP" || protocol === "MESOS_TCP" ? "TCP" : "HTTP";
}

/** The values of the health check templates. `port` is absent if the server's own port is checked. */
export function healthCheckValues(check: HealthCheck, port: number | undefined) {
  return {
    healthCheck: check,
    healthCheckPortIndex: check.portIndex ?? "",
    healthCheckPort: port ?? "",
    healthCheckProtocol: check.protocol,
    // HAProxy reads a method without a path as the path.
    healthCheckPath: check.path || "/",
    healthCheckTimeoutSeconds: check.timeoutSeconds,
    healthCheckIntervalSeconds: check.intervalSeconds,
    healthCheckGracePeriodSeconds: check.gracePeriodSeconds,
    healthCheckMaxConsecutiveFailures: check.maxConsecutiveFailures,
    healthCheckFalls: check.maxConsecutiveFailures + 1,
    healthCheckPortOptions: port ? ` port ${port}` : "",
  };
}

/**
 * The values of `HTTP_BACKEND_REVPROXY_GLUE`. The rule puts the path of an answer's `Location` under `rootpath`. Which
 * group of its pattern holds that path depends on what stands before it: the pattern of the hosts, if any. It also
 * depends on whether the root includes the slash between the two.
 */
export function revproxyValues(rootpath: string, withHosts: boolean) {
  // Groups with hosts: 1 all before the path, 2 the origin, 3 the host, 4 its port, 5 path without slash, 6 path.
  const withoutSlash = withHosts ? 5 : 2;
  return {
    rootpath,
    rootFormat: formatText(rootpath),
    pathGroup: `\\${rootpath.endsWith("/") ? withoutSlash : withoutSlash + 1}`,
  };
}
