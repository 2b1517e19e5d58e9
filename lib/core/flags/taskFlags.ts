import type { Flag } from "./flag.ts";

/**
 * A part of the flag table: which tasks of an app get traffic, at which address, and which apps there are beside those
 * of Marathon.
 */
export const taskFlags = [
  {
    name: "health-check",
    short: "H",
    kind: "switch",
    group: "Apps",
    description: "Send requests only to tasks that pass Marathon's health checks.",
  },
  {
    name: "ignore-readiness-checks",
    kind: "switch",
    group: "Apps",
    description:
      "Send requests to the new tasks of a deployment before their readiness checks pass. Without it they wait.",
    ours: true,
  },
  {
    name: "unreachable-tasks",
    kind: "unreachableTasks",
    argument: "CHOICE",
    default: "keep",
    group: "Apps",
    description:
      "What happens to a task in TASK_UNREACHABLE: keep sends it requests, drain lets it finish them, remove " +
      "leaves it out.",
    ours: true,
  },
  {
    name: "task-networks",
    kind: "networks",
    argument: "CIDR",
    variadic: true,
    repeats: true,
    default: [],
    defaultText: "none: the first IPv4 address",
    group: "Apps",
    description:
      "The networks that decide which address of an IP-per-task task is used where it has several. The first " +
      "network that has one of them wins.",
    ours: true,
  },
  {
    name: "lru-cache-capacity",
    kind: "integer",
    argument: "N",
    default: 1000,
    minimum: 1,
    group: "Apps",
    description: "The number of tasks whose last health is remembered; at least the number of tasks.",
  },
  {
    name: "pods",
    kind: "switch",
    group: "Apps",
    description: "Also serve the endpoints of pods that have a vhost or HAPROXY_{n}_PORT.",
    ours: true,
  },
  {
    name: "static-apps",
    kind: "paths",
    argument: "FILE",
    variadic: true,
    repeats: true,
    default: [],
    defaultText: "none",
    group: "Apps",
    description:
      "Also serve the apps of these files: JSON in the shape of /v2/apps with tasks, for services outside Marathon. " +
      "A changed file is read at once.",
    ours: true,
  },
] as const satisfies readonly Flag[];

/** The flags for Marathons beside that of `--marathon`: a part of the flag table. */
export const clusterFlags = [
  {
    name: "cluster",
    kind: "clusters",
    argument: "NAME=URL",
    repeats: true,
    default: [],
    defaultText: "none",
    option: "clusters",
    group: "Marathon",
    description:
      "Also serve the apps of the Marathon of another cluster; may be repeated, also for more URLs of one cluster. " +
      "Its app /web is /NAME:web here.",
    ours: true,
  },
] as const satisfies readonly Flag[];
