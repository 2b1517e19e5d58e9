export type Json = Record<string, unknown>;

/** What an attacker knows of the load balancer and of the app beside it, for values that aim at them. */
export interface Target {
  /** The victim's id. */
  readonly id: string;
  /** Its service port, and the name of the backend behind that. */
  readonly port: number;
  readonly backend: string;
  /** Its vhosts: a plain one, one with a path, one with a login. */
  readonly host: string;
  readonly pathHost: string;
  readonly path: string;
  readonly authHost: string;
  /** The ports at which the load balancer itself listens. */
  readonly ownPorts: readonly number[];
  /** The directory of the map files. */
  readonly haproxyDir: string;
  /** Where the attacker's tasks answer. */
  readonly task: { readonly host: string; readonly port: number };
  /** A service port that only this attacker has. */
  readonly portOf: (rank: number) => number;
}

/** A vhost that only this attacker has. */
export function attackerHost(rank: number): string {
  return `evil${rank}.test`;
}

/** The id of an attacker: it stands before that of any victim. */
export function attackerId(rank: number): string {
  return `/evil${rank}`;
}

/** An app with a vhost, a port and a task of its own, as Marathon sends it, and these labels. */
export function attackerApp(
  target: Target,
  rank: number,
  labels: Readonly<Record<string, string>> = {},
  members: Json = {},
): Json {
  const { host, port } = target.task;
  return {
    id: attackerId(rank),
    instances: 1,
    portDefinitions: [{ port: target.portOf(rank) }],
    healthChecks: [],
    // Later than the victim's: an attacker is a newcomer.
    versionInfo: { lastConfigChangeAt: "2026-06-01T00:00:00.000Z" },
    labels: { HAPROXY_GROUP: "external", HAPROXY_0_VHOST: attackerHost(rank), ...labels },
    tasks: [{ id: `evil${rank}.1`, host, state: "TASK_RUNNING", ports: [port] }],
    ...members,
  };
}
