import { nearestText } from "../nearest.ts";
import { templateTable } from "../templates/templateTable.ts";
import { shortened } from "../text.ts";
import { environmentVariable, type Flag } from "./flag.ts";
import { flagTable } from "./flagTable.ts";
import type { Environment } from "./values.ts";

const flags: readonly Flag[] = flagTable;

/** The variables that the program reads beside those of flags and templates. */
const others = [
  "HAPROXY_GLOBAL_DEFAULT_OPTIONS",
  "HAPROXY_SSL_CERT",
  "HAPROXY_SYSCTL_NONSTRICT",
  "HAPROXY_SYSCTL_PARAMS",
  "HAPROXY_SYSLOGD",
];

/** The names that can have been meant. */
const meant: readonly string[] = [
  ...flags.map(({ name }) => environmentVariable(name)),
  ...templateTable.map(({ name }) => `HAPROXY_${name}`),
  ...others,
];

/**
 * Names with a meaning to the program, its packages, its images or HAProxy, and those that a service of that name
 * brings.
 */
const known: readonly RegExp[] = [
  new RegExp(`^(?:${meant.join("|")})$`),
  /^HAPROXY_SSL_CERT\d+$/,
  // For the systemd unit, the build, and the path by which Lua scripts reach the program.
  /^MARATHON_LB_(?:OPTIONS|COMMIT|CONTROL_SOCKET)$/,
  // For images of HAProxy and of the reference, and the start script of the latter.
  /^HAPROXY_(?:MAJOR|VERSION|URL|MD5|SHA256|UID|GID|RELOAD_SIGTERM_DELAY)$/,
  // Set by HAProxy for its configuration, its checks and itself (configuration manual, section 2.3).
  /^HAPROXY_(?:BRANCH|CFGFILES|CLI|LOCALPEER|MASTER_CLI|MWORKER(?:_\w+)?|PROCESSES|STARTUP(?:LOGS_FD|_VERSION)|\w+_LOG_FMT)$/,
  /^HAPROXY_(?:PROXY|SERVER)_(?:ADDR|CURCONN|ID|MAXCONN|NAME|PORT|PROTO|SSL)$/,
  // Kubernetes and Docker set these for a service or container named marathon-lb or haproxy.
  /^(?:MARATHON_LB|HAPROXY)_(?:SERVICE_(?:HOST|PORT)(?:_\w+)?|PORT(?:_\d+_(?:TCP|UDP)(?:_\w+)?)?|ENV_\w+|NAME)$/,
];

/**
 * A sentence for each variable with a prefix of the program but no meaning to it, with the one that was probably meant.
 * Values are left out, as they may be secret.
 *
 * @param texts the operator's templates; a variable that they use counts as known
 */
export function unknownVariables(environment: Environment, texts: Iterable<string> = []): string[] {
  const names = Object.keys(environment).filter((name) =>
    /^(?:MARATHON_LB|HAPROXY)_/.test(name) && !known.some((pattern) => pattern.test(name))
  ).sort();
  if (names.length === 0) return [];
  const used = new Set([...texts].flatMap((text) => text.match(/\b(?:MARATHON_LB|HAPROXY)_\w+/g) ?? []));
  return names.filter((name) => !used.has(name)).map((name) => {
    const nearest = nearestText(name, meant);
    const hint = nearest === undefined
      ? "remove it; marathon-lb --longhelp lists all variables"
      : `did you mean ${nearest}?`;
    return `The environment variable ${shortened(name)} is unknown and has no effect; ${hint}`;
  });
}
