/**
 * Names that hold credentials or keys, or configure us alone. Those of the service manager too: HAProxy would tell it that
 * it is ready, or that it reloads, in our name. One arena is enough for our memory; HAProxy's threads would wait for each
 * other in it.
 */
const ours =
  /^(MARATHON_|VAULT_|DCOS_SERVICE_ACCOUNT_CREDENTIAL$|HAPROXY_SSL_CERT\d*$|NOTIFY_SOCKET$|WATCHDOG_(PID|USEC)$|MALLOC_ARENA_MAX$)/;

/**
 * The environment HAProxy gets: ours, because configurations may use it (`$PORTS`), without what is secret. Anyone who
 * can read HAProxy's `/proc` entry would see it.
 *
 * @param controlSocket where the Lua scripts reach us; nowhere in direct mode
 */
export function haproxyEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  controlSocket?: string,
): Record<string, string | undefined> {
  const kept = Object.entries(environment).filter(([name]) => !ours.test(name));
  const socket = controlSocket === undefined ? {} : { MARATHON_LB_CONTROL_SOCKET: controlSocket };
  return { ...Object.fromEntries(kept), ...socket };
}
