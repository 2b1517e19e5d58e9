import { accessTable } from "../flags/access.ts";
import { commandTable, environmentVariable, type Flag, modeTable } from "../flags/flag.ts";
import { flagTable } from "../flags/flagTable.ts";
import { bindOptionNames } from "../labels/haproxyOptions.ts";
import { labelKinds } from "../labels/labelKinds.ts";
import { type LabelRow, labelTable } from "../labels/labelTable.ts";
import { anchor, bulletList, codeBlock, codeSpans, wrapText } from "./markdown.ts";
import { exampleLabel, templatesSection } from "./templates.ts";

/**
 * The whole reference in Markdown, made from the tables that the program uses: modes, flags, environment variables,
 * labels and templates.
 */
export function longhelp(): string {
  const blocks = [
    ...modesSection(),
    ...flagsSection(),
    ...accessSection(),
    ...syslogSection(),
    ...environmentSection(),
    ...labelsSection(),
    ...templatesSection(),
  ];
  const intro = [
    "# marathon-lb reference",
    wrapText(
      "The flags, environment variables, labels and templates of marathon-lb. `marathon-lb --longhelp` prints " +
        "this text. It is generated from the tables that the program uses.",
    ),
    tableOfContents(blocks),
  ];
  return `${[...intro, ...blocks].join("\n\n")}\n`;
}

function tableOfContents(blocks: readonly string[]): string {
  return blocks.flatMap((block) => {
    const [, level = "", title = ""] = /^(##+) (.*)$/.exec(block) ?? [];
    if (level !== "##" && level !== "###") return [];
    return [`${"  ".repeat(level.length - 2)}- [${title}](#${anchor(title)})`];
  }).join("\n");
}

/** Where the credentials for Marathon may be, in the order of their precedence. */
export function accessSection(): string[] {
  return [
    "## Credentials for Marathon",
    wrapText("Only the first of these that exists is used:"),
    accessTable.map(({ origin, description }, index) =>
      `${index + 1}. ${wrapText(`${codeSpans(origin)}: ${description}.`, 3)}`
    ).join("\n"),
    wrapText(
      "The program hides credentials on the command line from `ps` as soon as it runs. Other users may see " +
        "them before that moment. The shell history or the app definition keeps them too, so prefer a file or " +
        "the environment. HAProxy gets none of these variables. No log line, file or endpoint shows credentials.",
    ),
  ];
}

/** Every environment variable that is not `MARATHON_LB_<FLAG>`. */
export function environmentSection(): string[] {
  const rows = [...variablesOfFlags(), ...environmentTable].sort((a, b) => a.name < b.name ? -1 : 1);
  return [
    "## Environment variables",
    wrapText("The program also reads these variables, besides the variable of each of the [flags](#flags):"),
    bulletList(rows.map(describeVariable)),
  ];
}

function variablesOfFlags(): EnvironmentRow[] {
  return (flagTable as readonly Flag[]).flatMap(({ name, variable }) =>
    variable ? [{ ...variable, description: `The same as \`--${name}\`.` }] : []
  );
}

function describeVariable({ name, description, supervisedOnly }: EnvironmentRow): string {
  const where = supervisedOnly ? " In the supervised modes only." : "";
  return `\`${name}\`: ${description}${where}`;
}

/** An environment variable that stands for no flag. */
export interface EnvironmentRow {
  readonly name: string;
  readonly description: string;
  /** Only the supervised modes read it. */
  readonly supervisedOnly?: true;
}

/** The environment variables beside those of the flags and the templates. */
export const environmentTable: readonly EnvironmentRow[] = [
  { name: "HAPROXY_<TEMPLATE>", description: "Replaces a template: see [Templates](#templates)." },
  {
    name: "FRAMEWORK_NAME",
    description:
      "The id of this load balancer's own app, without the leading `/`. The load balancer does not serve that " +
      "app.",
  },
  {
    name: "HAPROXY_GLOBAL_DEFAULT_OPTIONS",
    description:
      "Comma list of the `option`s in HAProxy's `defaults`. Default: `redispatch,http-server-close,dontlognull`.",
  },
  {
    name: "HAPROXY_SSL_CERT",
    supervisedOnly: true,
    description:
      "Certificate and key of the HTTPS frontend as PEM text, with `\\n` for line breaks where needed. Written to `cert.pem` in `--cert-dir`.",
  },
  {
    name: "HAPROXY_SSL_CERT0",
    supervisedOnly: true,
    description: "More certificates, up to `HAPROXY_SSL_CERT100`: written to `cert0.pem` … `cert100.pem`.",
  },
  {
    name: "NO_COLOR",
    description: "If not empty, `explain`, `validate` and `deploy` print no colours on a terminal.",
  },
  {
    name: "GITHUB_ACTIONS",
    description: "If `true`, as in GitHub Actions, `validate` also prints its findings as annotations.",
  },
  {
    name: "HAPROXY_SYSLOGD",
    description: "If not empty, HAProxy logs to standard output instead of the system's log.",
  },
  {
    name: "HAPROXY_SYSCTL_PARAMS",
    supervisedOnly: true,
    description: "Kernel parameters to set, as `key=value …`.",
  },
  {
    name: "HAPROXY_SYSCTL_NONSTRICT",
    supervisedOnly: true,
    description: "If not empty, the start continues when a kernel parameter cannot be set.",
  },
  {
    name: "MARATHON_USER",
    description:
      "With `MARATHON_PASSWORD`: the [credentials for Marathon](#credentials-for-marathon) when no flag sets " +
      "them.",
  },
  { name: "MARATHON_PASSWORD", description: "With `MARATHON_USER`." },
  {
    name: "MESOS_SANDBOX",
    supervisedOnly: true,
    description: "The files in its directory `templates` are also templates.",
  },
  {
    name: "NOTIFY_SOCKET",
    description: "Set by systemd: the socket for the notifications ready, alive and stopping (see " +
      "[systemd.md](systemd.md)).",
  },
  {
    name: "PORTS",
    supervisedOnly: true,
    description: "Passed to HAProxy, like every variable without secrets.",
  },
  {
    name: "VAULT_TOKEN",
    description:
      "Opens the secret in Vault that holds the [credentials for Marathon](#credentials-for-marathon).",
  },
  {
    name: "VAULT_HOST",
    description: "Vault's host. The default is HTTPS; `http://` or `https://` before the host overrides it.",
  },
  { name: "VAULT_PORT", description: "Vault's port." },
  {
    name: "VAULT_PATH",
    description: "The path of the secret, such as `secret/marathon`. `/v1/` is prepended.",
  },
  {
    name: "VAULT_URL",
    description:
      "The whole URL of the secret, such as `https://vault:8200/v1/secret/marathon`. It overrides " +
      "`VAULT_HOST`, `VAULT_PORT` and `VAULT_PATH`.",
  },
  {
    name: "VAULT_CACERT",
    description:
      "A file with the CA certificates, in PEM, that verify Vault's certificate. Default: the system's roots.",
  },
  {
    name: "WATCHDOG_USEC",
    description: "Set by systemd, with `WATCHDOG_PID`: the longest time between two pings, in microseconds.",
  },
];

const flags: readonly Flag[] = flagTable;

/** Every flag, by its purpose, as `--help` groups them. */
export function flagsSection(): string[] {
  const groups = [...new Set(flags.map(({ group }) => group))];
  return [
    "## Flags",
    bulletList([
      "Each flag can also be set by the environment variable that is listed with it. The flag overrides the " +
      "variable. An empty variable counts as absent.",
      "A switch has no value on the command line. Its variable is `true`, `t`, `yes`, `y` or `1`, or `false`, " +
      "`f`, `no`, `n` or `0`, in upper or lower case.",
      "`--flag VALUE` and `--flag=VALUE` are the same. A long name can be shortened to any unique prefix.",
      "If a flag is given twice, the last one counts, unless its description says that it may be repeated.",
    ]),
    ...groups.flatMap((group) => [
      `### ${group}`,
      ...flags.filter((flag) => flag.group === group).flatMap(describeFlag),
    ]),
  ];
}

function describeFlag(flag: Flag): string[] {
  return [
    `#### \`${flagTerm(flag)}\``,
    wrapText(codeSpans(flag.description)),
    bulletList([describeArgument(flag), describeDefault(flag), describeFlagVariable(flag)]),
  ];
}

/** As `--help` writes it. */
function flagTerm({ short, name, argument, variadic }: Flag): string {
  const value = argument ? ` <${argument}${variadic ? " ..." : ""}>` : "";
  return `${short ? `-${short}, ` : ""}--${name}${value}`;
}

function describeArgument(flag: Flag): string {
  const { kind, argument, variadic, repeats } = flag;
  if (argument === undefined) return "Switch.";
  const unit = kind === "integer"
    ? ", a whole number"
    : kind === "seconds"
    ? ", which may have decimals"
    : "";
  const several = variadic
    ? "One or more, separated by spaces; in the variable, by spaces or commas."
    : argument.includes(",")
    ? "One or more, separated by commas."
    : "";
  const again = repeats ? "May be repeated." : "";
  const inVariable = repeats && !variadic ? "In the variable: several, separated by spaces or commas." : "";
  return [`Argument: \`${argument}\`${unit}${describeRange(flag)}.`, several, again, inVariable]
    .filter((sentence) => sentence !== "").join(" ");
}

function describeRange({ minimum, maximum }: Flag): string {
  if (minimum === undefined) return "";
  return maximum === undefined ? `, at least ${minimum}` : `, from ${minimum} to ${maximum}`;
}

function describeDefault({ kind, default: value, defaultText }: Flag): string {
  if (defaultText !== undefined) return `Default: ${codeSpans(defaultText)}.`;
  if (kind === "switch") return "Default: off.";
  return value === undefined ? "Default: none." : `Default: \`${value}\`.`;
}

function describeFlagVariable({ name, notFromEnvironment, variable }: Flag): string {
  if (notFromEnvironment) return "Variable: none.";
  const also = variable
    ? `, else \`${variable.name}\`${variable.supervisedOnly ? " in a supervised mode" : ""}`
    : "";
  return `Variable: \`${environmentVariable(name)}\`${also}.`;
}

const rows: readonly LabelRow[] = labelTable;

const exampleApp = `{
  "id": "/shop",
  "instances": 3,
  "labels": {
    "HAPROXY_GROUP": "external",
    "HAPROXY_0_VHOST": "shop.example.com",
    "HAPROXY_1_ENABLED": "false"
  },
  "portDefinitions": [{ "port": 10000 }, { "port": 10001 }]
}`;

/** Every label that is not a template override. */
export function labelsSection(): string[] {
  return [
    "## Labels",
    wrapText(
      "The labels of an app configure how it is served. `{n}` in a label's name is the index of a service " +
        "port, from 0. `HAPROXY_0_…` configures the first service port, `HAPROXY_1_…` the second. The service " +
        "ports of an app come, in their order, from the first of four sources that exists. These are the " +
        "`servicePort`s of its port mappings in the networks `container` and `container/bridge`, its " +
        "`portDefinitions`, its `ports`, and ports from `--min-serv-port-ip-per-task` on.",
    ),
    wrapText(
      "This app is served on port 10000, and on the HTTP and HTTPS ports for its host name. Its second port is " +
        "not served:",
    ),
    codeBlock("json", exampleApp),
    "### Values",
    bulletList([
      "All values are strings. White space around them is ignored.",
      "A boolean is true as `true`, `t`, `yes` or `y`, in upper or lower case. Everything else is false, " +
      "including `1`.",
      "In a comma list, white space around entries and empty entries are ignored.",
      "An empty value counts as absent. Exceptions: an empty boolean is false, and an empty list of groups " +
      "means no group.",
      "A path contains letters, digits, `-._~!&()*+,;=:@/`, and `%` before two hexadecimal digits. The leading " +
      "slash is optional.",
      `Options of \`bind\`: ${
        bindOptionNames.map((name) => `\`${name}\``).join(", ")
      }, with the arguments of HAProxy's manual.`,
      "Control characters, such as line breaks, are refused. Only the labels that replace " +
      "[templates](#templates) may contain them.",
      "An invalid value leaves out only its own service port. The log names the app, the label, the value and " +
      "what was expected.",
    ]),
    "### Labels of an app",
    ...rows.filter(({ scope }) => scope === "app").flatMap(describeLabel),
    "### Labels of a service port",
    ...rows.filter(({ scope }) => scope === "service").flatMap(describeLabel),
  ];
}

function describeLabel({ name, scope, kind, sets, example }: LabelRow): string[] {
  const index = scope === "app" ? "" : "{n}_";
  return [
    `#### \`HAPROXY_${index}${name}\``,
    wrapText(`Sets ${sets}. Value: ${labelKinds[kind].rule}.`),
    exampleLabel(`HAPROXY_${index.replace("{n}", "0")}${name}`, example),
  ];
}

function commandTerm({ name, argument }: { name: string; argument?: string }): string {
  return argument ? `${name} ${argument}` : name;
}

/** The modes, what each does, and how the program ends. */
export function modesSection(): string[] {
  const describe = (word: { name: string; argument?: string; description: string }) =>
    `\`marathon-lb ${commandTerm(word)}\`: ${codeSpans(word.description)}.`;
  const supervised = modeTable.map(describe);
  return [
    "## Modes",
    bulletList([
      ...supervised,
      "`marathon-lb`: write the configuration once, reload a running HAProxy, and exit.",
    ]),
    wrapText(
      "The modes with a name are _supervised_. They prepare certificates and directories, start HAProxy and " +
        "reload it after changes. They restart HAProxy when it dies, and stop it when the program stops. Without " +
        "a mode, the program neither starts nor supervises HAProxy. It reloads HAProxy with `--command`, else " +
        "through the init system that it finds. With `--sse` or `--listening` the program keeps running and " +
        "reloads at every change.",
    ),
    wrapText(
      "A reload by command succeeds when the command exits with code 0. Otherwise the program retries it up to " +
        "`--max-reload-retries` times, `--reload-interval` seconds apart. After the last failure it restores the " +
        "previous files. (The reference did not retry a command that failed. It retried a command after which no " +
        "new HAProxy process appeared.)",
    ),
    wrapText(
      "With `event` and `--listening` the program subscribes a callback URL in Marathon. It checks the " +
        "subscription every minute and after each failure. It subscribes again if the subscription is gone, and " +
        "unsubscribes when it stops. Marathon 1.5 and later have no callbacks: the program polls them every " +
        "`--poll-interval` seconds, and logs a warning. A client that reaches the listener can only trigger a " +
        "fetch of the apps from Marathon.",
    ),
    wrapText(
      "`--dry` in any mode prints the configuration on standard output and exits, without changing anything.",
    ),
    wrapText("A command in place of a mode does one thing and exits:"),
    bulletList(commandTable.map(describe)),
    wrapText(
      "`marathon-lb health` prints the answer of `/_mlb_health`. It uses the control socket in `--run-dir` " +
        "instead of a port. It is for health checks inside the container. No answer within 5 s counts as " +
        "unhealthy.",
    ),
    wrapText(
      "`marathon-lb explain /APP` prints the chain from an app to its servers, with a verdict at each step. " +
        "`explain --url URL` prints which rule a URL matches, and what else would match. It asks the instance of " +
        "`--from`, else with `--marathon` on the command line Marathon itself, else the instance that runs here. " +
        "`marathon-lb validate FILE` checks apps before Marathon has them. See [explaining.md](explaining.md).",
    ),
    wrapText(
      "`marathon-lb check-migration` fetches the configuration that an old load balancer runs. It generates " +
        "its own configuration for a supervised mode, from the given flags and environment. It lists the " +
        "differences in effect. It ignores layout, and order or names that do not matter. If there are " +
        "differences, it compares again after 2 s and ignores what changed in between. See " +
        "[migrating.md](migrating.md#what-check-migration-reports).",
    ),
    wrapText(
      "Exit code 0: done, or stopped by TERM or INT. 1: the work could not be done. 2: the command line cannot be " +
        "read. 3: `check-migration` found differences in effect, `explain` something that is not served or in part, " +
        "`validate` problems. Every error is one line on standard error.",
    ),
  ];
}

/** What a syslog server receives, and what happens while it is down. */
export function syslogSection(): string[] {
  return [
    "## Syslog",
    wrapText(
      "With `--syslog-socket`, each log line, including HAProxy's lines, goes to a syslog server and to " +
        "standard error. The message is the line in `--log-format`. With `%(message)s` it does not contain the " +
        "time twice. The facility is `user`. The program's name is `marathon_lb`, or `haproxy` for HAProxy's " +
        "lines.",
    ),
    bulletList([
      "`udp://HOST:PORT`: RFC 5424, one datagram for each line. Lost lines are not detected.",
      "`tcp://HOST:PORT`: RFC 5424, a line feed after each line (RFC 6587, non-transparent framing). No TLS.",
      "The path of a Unix stream socket: the format of syslog(3), a NUL after each line.",
      "The path of a Unix datagram socket, which `/dev/log` usually is: the format of syslog(3). Only Deno can " +
      "send to one: the executable that `deno compile` made, or the bundle with `deno run -A --unstable-net`. " +
      "Other runtimes log a warning; for the default `/dev/log` only at the level DEBUG. There, let the server " +
      "listen on `udp://127.0.0.1:514` instead.",
    ]),
    wrapText(
      "The default port is 514. A message has at most 8 KiB; longer lines are cut. While the server is down or " +
        "slow, up to 4 MiB wait. Beyond that, the oldest lines are dropped. The program reconnects after 1 s, " +
        "and doubles the pause up to 30 s. Standard error reports the outage. When the server is back, both logs " +
        "report the number of lost lines. A line may be lost or sent twice when a connection breaks. At exit, " +
        "the program waits up to 2 s for the server.",
    ),
  ];
}
