/** The type of a flag's value; `readFlagValue` reads each one. */
export type FlagKind =
  | "switch"
  | "text"
  | "path"
  | "integer"
  | "seconds"
  | "names"
  | "paths"
  | "url"
  | "urls"
  | "bindAddress"
  | "listenAddress"
  | "networks"
  | "clusters"
  | "credentials"
  | "dcosCredentials"
  | "logLevel"
  | "logFormat"
  | "syslogTarget"
  | "templateNames"
  | "unreachableTasks"
  | "servicePorts"
  | "accessLog"
  | "accessLogTarget";

/** The groups of flags in `--help`, in its order. */
export type FlagGroup =
  | "Apps"
  | "Marathon"
  | "Access to Marathon"
  | "Configuration"
  | "Listeners"
  | "HAProxy and reloads"
  | "Flags of commands"
  | "Logging"
  | "Help";

/** One row of the flag table. */
export interface Flag {
  /** The long form, without its dashes. */
  name: string;
  /** The short form, one letter without its dash. */
  short?: string;
  kind: FlagKind;
  /** The value's name in `--help`; a flag that takes no value has none. */
  argument?: string;
  /** Whether its value is every word up to the next flag. */
  variadic?: true;
  /** Whether each use adds to those before it; otherwise only the last use counts. */
  repeats?: true;
  /** The value in Options when the flag is not given. */
  default?: string | number | readonly string[];
  /** What `--help` prints as the default, if not `default` itself. */
  defaultText?: string;
  minimum?: number;
  maximum?: number;
  group: FlagGroup;
  description: string;
  /** The property of Options, if it is not the name in camel case. */
  option?: string;
  /** A second variable, read if MARATHON_LB_<FLAG> is not set. */
  variable?: { name: string; supervisedOnly?: true };
  /** Whether it has no variable: MARATHON_LB_VERSION in an image names a version and requests nothing. */
  notFromEnvironment?: true;
  /** The value is never shown. */
  secret?: true;
  /** Whether the reference lacks it: a prefix that could also mean a flag of the reference means that one. */
  ours?: true;
}

/** Wrong usage of the program. The message is one line: which flag, what was given, what is expected. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly exitCode = 2;
}

/** The variable that stands for a flag: `MARATHON_LB_MAX_BACKOFF` for `max-backoff`. */
export function environmentVariable(flagName: string): string {
  return `MARATHON_LB_${flagName.toUpperCase().replaceAll("-", "_")}`;
}

/** How the program runs. A command line without a mode means `direct`; the others supervise HAProxy. */
export type Mode = "sse" | "event" | "poll" | "direct";
export type SupervisedMode = Exclude<Mode, "direct">;

interface ModeDefinition {
  name: SupervisedMode;
  /** What follows the mode on the command line. */
  argument?: string;
  description: string;
}

/** The supervised modes, as words of the command line. */
export const modeTable: readonly ModeDefinition[] = [
  { name: "sse", description: "follow Marathon's event stream" },
  {
    name: "event",
    argument: "ADDR:PORT",
    description: "let Marathon (up to 1.4) call back at ADDR:PORT for each event (deprecated)",
  },
  { name: "poll", description: "poll Marathon every --poll-interval seconds" },
];

interface CommandDefinition {
  readonly name: string;
  /** What follows it on the command line. */
  readonly argument?: string;
  readonly description: string;
  /** Names of the flags that commands alone have, and that this one takes. */
  readonly flags: readonly string[];
}

/** The commands: words in the place of a mode that do one thing, start no HAProxy, and end. */
export const commandTable = [
  {
    name: "health",
    description:
      "print the health of the instance that runs here (--run-dir): exit code 0 if healthy, else 1",
    flags: [],
  },
  {
    name: "explain",
    argument: "/APP",
    description: "say why an app, or a --url, is served or not: exit code 0 if it is, 3 if not or in part",
    flags: ["from", "json", "url"],
  },
  {
    name: "validate",
    argument: "FILE ...",
    description:
      "check the apps of JSON files before Marathon has them; - is standard input: exit code 0, or 3 with problems",
    flags: ["json", "snapshot"],
  },
  {
    name: "deploy",
    argument: "FILE",
    description:
      "replace an app by the version in a JSON file without a failed request: exit code 0, or 3 if rolled back",
    flags: [
      "json",
      "marathon-lb",
      "steps",
      "watch",
      "max-errors",
      "max-wait",
      "resume",
      "complete-now",
      "rollback",
    ],
  },
  {
    name: "export",
    description:
      "print what is served as objects of Kubernetes or as a HAProxy configuration that runs alone (--format)",
    flags: ["class", "format", "strict"],
  },
  {
    name: "import",
    argument: "edgelb",
    description:
      "print labels that serve what DC/OS Edge-LB serves, by labels of apps and by files of pools after it",
    flags: ["json", "strict"],
  },
  {
    name: "check-migration",
    description: "compare an old load balancer (--from) with this one: exit code 0, or 3 if they differ",
    flags: ["from", "json"],
  },
] as const satisfies readonly CommandDefinition[];

/** The flags of commands, which no mode has: a part of the flag table. */
export const commandFlags = [
  {
    name: "from",
    kind: "text",
    argument: "URL",
    notFromEnvironment: true,
    group: "Flags of commands",
    description:
      "With explain: the admin port of a running marathon-lb, such as http://HOST:9090. With check-migration: that of " +
      "the old load balancer, or its haproxy.cfg.",
    ours: true,
  },
  {
    name: "json",
    kind: "switch",
    notFromEnvironment: true,
    group: "Flags of commands",
    description:
      "With explain, validate, deploy, import and check-migration: print the result as one JSON object.",
    ours: true,
  },
  {
    name: "url",
    kind: "text",
    argument: "URL",
    notFromEnvironment: true,
    group: "Flags of commands",
    description:
      "With explain: the URL whose way to a server is explained, such as https://shop.example.com/cart.",
    ours: true,
  },
  {
    name: "format",
    kind: "text",
    argument: "FORMAT",
    notFromEnvironment: true,
    group: "Flags of commands",
    description: "With export: gateway-api, ingress or haproxy.",
    ours: true,
  },
  {
    name: "class",
    kind: "text",
    argument: "NAME",
    default: "haproxy",
    option: "className",
    notFromEnvironment: true,
    group: "Flags of commands",
    description: "With export: the name of the GatewayClass or IngressClass of the controller.",
    ours: true,
  },
  {
    name: "strict",
    kind: "switch",
    notFromEnvironment: true,
    group: "Flags of commands",
    description: "With export and import: exit with 3 when a label has no effect in what is printed.",
    ours: true,
  },
  {
    name: "snapshot",
    kind: "path",
    argument: "FILE",
    notFromEnvironment: true,
    group: "Flags of commands",
    description:
      "With validate: a recorded answer of /v2/apps, in the place of --marathon, to check the apps against.",
    ours: true,
  },
  {
    name: "marathon-lb",
    kind: "urls",
    argument: "URL",
    variadic: true,
    notFromEnvironment: true,
    group: "Flags of commands",
    description:
      "With deploy: the admin port of the load balancer, such as http://marathon-lb.marathon.mesos:9090. Every address of " +
      "the name is an instance, and all of them are asked.",
    ours: true,
  },
  {
    name: "steps",
    kind: "text",
    argument: "PERCENT,...",
    default: "100",
    notFromEnvironment: true,
    group: "Flags of commands",
    description:
      "With deploy: the share of the instances that the new version has after each step, such as 10,50,100. Below 100 at " +
      "the end, both versions stay.",
    ours: true,
  },
  {
    name: "watch",
    kind: "seconds",
    argument: "SECONDS",
    default: 10,
    minimum: 0,
    notFromEnvironment: true,
    group: "Flags of commands",
    description:
      "With deploy: after each step, watch the errors and checks of the new version for so long before tasks of the old " +
      "one end. It is rolled back when they fail.",
    ours: true,
  },
  {
    name: "max-errors",
    kind: "integer",
    argument: "PERCENT",
    default: 1,
    minimum: 0,
    maximum: 100,
    notFromEnvironment: true,
    group: "Flags of commands",
    description:
      "With deploy: roll back when more of the requests to the new version fail, and more than of those to the old one.",
    ours: true,
  },
  {
    name: "max-wait",
    kind: "seconds",
    argument: "SECONDS",
    default: 300,
    minimum: 1,
    notFromEnvironment: true,
    group: "Flags of commands",
    description:
      "With deploy: how long a step may take without progress. A new version that does not start is then rolled back; " +
      "drained tasks that still have requests are then ended.",
    ours: true,
  },
  {
    name: "resume",
    kind: "switch",
    notFromEnvironment: true,
    group: "Flags of commands",
    description:
      "With deploy: continue a deployment that was interrupted. Where none is under way and the definition does not run " +
      "already, it is deployed.",
    ours: true,
  },
  {
    name: "complete-now",
    kind: "switch",
    notFromEnvironment: true,
    group: "Flags of commands",
    description:
      "With deploy: bring a deployment that is under way to its end, without further steps and without --watch.",
    ours: true,
  },
  {
    name: "rollback",
    kind: "switch",
    notFromEnvironment: true,
    group: "Flags of commands",
    description: "With deploy: return from a deployment that is under way to the old version.",
    ours: true,
  },
] as const satisfies readonly Flag[];
