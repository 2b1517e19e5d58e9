import Handlebars from "handlebars";
import { defaultTemplates } from "../templates/defaultTemplates.ts";
import { overridableByLabel } from "../templates/templateSet.ts";
import { type TemplateName, type TemplateRow, templateTable } from "../templates/templateTable.ts";
import { anchor, bulletList, codeBlock, wrapText } from "./markdown.ts";

const rows: readonly TemplateRow[] = templateTable;

/** How templates are replaced and written, and every template. */
export function templatesSection(): string[] {
  const ofServices = rows.filter(overridableByLabel);
  const global = rows.filter((row) => !overridableByLabel(row));
  return [
    "## Templates",
    wrapText(
      "The configuration is rendered from templates. Each template can be replaced, for all apps or for one " +
        "service port.",
    ),
    "### Order of overrides",
    wrapText("The first of these that exists is used:"),
    bulletList([
      "The label `HAPROXY_{n}_<NAME>` of an app, for its service port `{n}`. Only [templates of service " +
      "ports](#templates-of-service-ports) have it, and only those that `--allow-template-labels` allows. An " +
      "empty label makes the template empty.",
      "The environment variable `HAPROXY_<NAME>`, in which `\\n` stands for a line break. An empty one counts as absent.",
      "In the supervised modes, a file in `$MESOS_SANDBOX/templates`.",
      "A file in `--templates-dir`. The supervised modes resolve that directory in `--work-dir`.",
      "The default.",
    ]),
    wrapText(
      "A file in Handlebars is named `HAPROXY_<NAME>.hbs`. A file in the placeholder syntax is named " +
        "`HAPROXY_<NAME>`. If a directory contains both, the file in Handlebars is used.",
    ),
    wrapText(
      "A label that is not a valid template leaves out its own service port. A syntax error in an environment " +
        "variable or a file stops the program at its start. The message names the override and the values that " +
        "it may use.",
    ),
    wrapText(
      "A label must stay in its own section, unless `--trust-template-labels` is set. The head of a section " +
        "must open that section first, under its own name. No other template may open a section. The first word " +
        "of each line must not contain quotes or escapes. `.if` and similar directives are refused too. These " +
        "rules apply to the text after its values are filled in. A label that leaves its section leaves out its " +
        "own service port. The rules do not apply to environment variables and files, which belong to the " +
        "operator.",
    ),
    wrapText(
      "HAProxy has removed some directives since the Python Marathon-LB (such as `rspadd`, `reqirep` and " +
        "`block`). An override that contains one gets the exact equivalent where one exists, and a warning " +
        "quotes both. Without an equivalent, the message says what to write instead. A label then leaves out its " +
        "own service port. An override of the operator stops the program at its start.",
    ),
    "### Two syntaxes",
    wrapText(
      "Labels, environment variables and files without `.hbs` use the _placeholder_ syntax. `{name}` is a " +
        "value, `{name[entry]}` an entry of one. Literal braces are doubled. Here `backend` is a value and the " +
        "condition is HAProxy's:",
    ),
    codeBlock("text", "use_backend {backend} if {{ path_beg /static }}"),
    wrapText(
      "The defaults and files with `.hbs` use [Handlebars](https://handlebarsjs.com/guide/). `{{name}}` is a " +
        "value. Single braces are literal. `{{#if name}}…{{/if}}` and `{{#each name}}…{{/each}}` also work. " +
        "Nothing is escaped for HTML:",
    ),
    codeBlock("handlebars", "use_backend {{backend}} if { path_beg /static }"),
    bulletList([
      "A template may use only the values that are listed for it. Any other name is an error.",
      "_Raw_ templates have no values in the placeholder syntax. Single braces are literal there, and are not " +
      "doubled. In Handlebars, these templates have the listed values.",
      "A missing line break at the end is added. CRLF in labels becomes LF.",
      "Defaults are shown here without the indentation that all lines share, and without a leading empty line. " +
      "The example labels contain the whole text.",
    ]),
    "### All templates",
    bulletList(rows.map((row) => {
      const heading = templateHeading(row);
      return `[${heading}](#${anchor(heading)}): ${row.description}`;
    })),
    "### Global templates",
    ...global.flatMap(templateSection),
    "### Templates of service ports",
    ...ofServices.flatMap(templateSection),
  ];
}

/** The heading under which a template is described. */
export function templateHeading({ name }: TemplateRow): string {
  return `\`HAPROXY_${name}\``;
}

/** Everything about one template. */
export function templateSection(row: TemplateRow): string[] {
  return [
    `#### ${templateHeading(row)}`,
    wrapText(row.description),
    bulletList([describeOverrides(row), ...describeSpecials(row)]),
    ...describeValues(row),
    ...describeDefault(row),
    ...describeExample(row),
  ];
}

function describeOverrides(row: TemplateRow): string {
  const { name } = row;
  const label = overridableByLabel(row) ? `label \`HAPROXY_{n}_${name}\`, ` : "";
  return `Overridden by: ${label}variable \`HAPROXY_${name}\`, file \`HAPROXY_${name}.hbs\` or \`HAPROXY_${name}\`.`;
}

function describeSpecials(row: TemplateRow): string[] {
  const { raw, inline, opens } = row;
  const specials: string[] = [];
  if (opens && overridableByLabel(row)) {
    const sections = opens.map((section) => `\`${section}\``).join(" or ");
    specials.push(
      `A label must begin with ${sections}. It may be empty if everything under it is empty too.`,
    );
  }
  if (raw) specials.push("Raw: braces in the placeholder syntax are literal.");
  if (inline) specials.push("Part of a line: an override is trimmed, and preceded by one space.");
  return specials;
}

function describeValues({ name, raw, values }: TemplateRow): string[] {
  if (values.length === 0) return [wrapText("It has no values.")];
  return [
    raw ? "Values, in Handlebars only:" : "Values:",
    bulletList(values.map((value) => `\`${value}\`: ${templateValueMeaning(name, value)}`)),
  ];
}

function describeDefault({ name }: TemplateRow): string[] {
  const text = defaultTemplates[name as TemplateName];
  return text.trim() === "" ? ["The default is empty."] : ["Default:", codeBlock("handlebars", text)];
}

function describeExample(row: TemplateRow): string[] {
  if (!overridableByLabel(row)) return [];
  const override = exampleOverride(row);
  if (override === undefined) {
    return [
      wrapText(
        "The default has conditions, which the placeholder syntax does not support. In a label, write the text " +
          "for your case.",
      ),
    ];
  }
  return ["The same as a label:", exampleLabel(`HAPROXY_0_${row.name}`, override)];
}

type Row = typeof templateTable[number];
type ValueName = Row["values"][number];
type ValueNameOf<Name extends TemplateName> = Extract<Row, { name: Name }>["values"][number];

/** What each value means. */
const meanings: Readonly<Record<ValueName, string>> = {
  supervised: "whether marathon-lb runs HAProxy itself: for `{{#if}}`",
  workDir: "`--work-dir`",
  runDir: "`--run-dir`",
  stateDir: "`--state-dir`",
  countersFile: "the file with the counters to begin with; empty without `--keep-counters`: for `{{#if}}`",
  adminBind: "`--admin-bind`",
  adminAllow: "`--admin-allow`, separated by spaces; empty when all networks are allowed: for `{{#if}}`",
  httpBind: "`--http-bind`",
  httpsBind: "`--https-bind`",
  quicBind: "with `--http3`: `--https-bind` as an address for QUIC; else empty: for `{{#if}}`",
  quicPort: "with `--http3`: the port of `--https-bind`; else empty",
  appidBind: "`--appid-bind`",
  defaultOptions: "the options of `HAPROXY_GLOBAL_DEFAULT_OPTIONS`: a list, for `{{#each}}`",
  logToStdout: "whether `HAPROXY_SYSLOGD` is set: for `{{#if}}`",
  logToSyslog: "whether there is a system log, `/dev/log`: for `{{#if}}`",
  maxconn: "the highest number of connections that the limit of file descriptors allows",
  strictLimits:
    "whether there are enough file descriptors for the health checks of all servers: for `{{#unless}}`",
  hardStopAfter: "`--hard-stop-after`, as HAProxy writes times",
  mworkerMaxReloads: "`--mworker-max-reloads`",

  frontend:
    "the frontend's name: the backend's name. From HAProxy 3.2 on, `_in` is appended, because HAProxy warns " +
    "about names that frontends and backends share",
  backend: "name of the service's backend, such as `web_10000`",
  appId: "the app's id, such as `/web`",
  mode: "`http` or `tcp`",
  balance: "the label `BALANCE`, else `roundrobin`",
  bindAddr:
    "the label `BIND_ADDR`, else `*`; the last address has no port; each other address has a port and a comma",
  servicePort: "the port that exposes the service",
  sslCert: "a space and `ssl crt FILE` from the label `SSL_CERT`, else empty",
  bindOptions: "a space and the label `BIND_OPTIONS`, else empty",
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
  vhosts: "the host names of the label `VHOST` that are no wildcards, separated by spaces, else empty",
  domains:
    "the domains of the wildcards of the label `VHOST`, such as `.example.com`, separated by spaces, else empty",
  haproxy_dir: "the directory of the configuration file and the maps",
  ifFound:
    "a space and the condition that the map contains the host, if rules of wildcards follow the lookup, else empty",

  host: "host name or address of the task's agent",
  host_ipv4: "the IP address of the task, IPv6 in brackets: its agent's, in the network `container` its own",
  port: "the task's port",
  serverName: "a name for the server, made of host, address and port",
  serverId: "a number for the server that stays the same across reloads",
  cookieOptions: "a space and `check cookie VALUE` with the label `STICKY`, else empty",
  healthCheckOptions:
    "a space and the rendered `HAPROXY_BACKEND_SERVER_…_HEALTHCHECK_OPTIONS`, empty without a health check",
  otherOptions:
    "the options of the labels `BACKEND_PROTO`, `BACKEND_TLS`, `BACKEND_CA_FILE`, `BACKEND_SNI` and `MAXCONN`, each " +
    "preceded by a space. While a blue/green deployment drains the task, `disabled` follows",

  socket: "the socket at which the HTTPS frontend listens",
  terminated:
    "how a fetch of HAProxy matches each vhost that a wildcard among `passed` would take: a list, for `{{#each}}`",
  passed:
    "each host whose TLS is passed through, with `hostMatch`, and with `unless`: a space and a condition, or empty: a list, " +
    "for `{{#each}}`",

  requests: "how many requests the label `RATE_LIMIT` allows",
  period: "the period in the label `RATE_LIMIT`, as HAProxy writes times",
  seconds: "the same in whole seconds",
  retries: "the label `RETRIES`, else empty: for `{{#if}}`",
  redispatch:
    "`option redispatch 1` or `no option redispatch` by the label `REDISPATCH`, else empty: for `{{#if}}`",
  timeouts: "the labels `TIMEOUT_…`, each as HAProxy writes it behind `timeout`: a list, for `{{#each}}`",

  name: "name of the vhost's backend and TLS frontend",
  sslCerts: "the certificates, each as `crt FILE`",
  alpn: "a space and `alpn h2,http/1.1`, empty if the bind options of the vhost's services set protocols",
  bindOpts: "the labels `BIND_OPTIONS` of the vhost's services, each preceded by spaces, else empty",

  proxypath:
    "the label `HTTP_BACKEND_PROXYPASS_PATH`, as a part of a regular expression: `*`, `+` and parentheses are put in brackets",
  rootpath: "the label `HTTP_BACKEND_REVPROXY_PATH`",
  rootFormat: "the same in a format string of HAProxy: each `%` twice",
  hostPattern: "a regular expression for the host names of the label `VHOST`",
  pathGroup: "the group of the default's regular expression that holds the path, such as `\\6`",
  redirpath: "the label `HTTP_BACKEND_REDIR`",
  redirFormat: "the same in a format string of HAProxy: each `%` twice",
  network_allowed: "one entry of the label `BACKEND_NETWORK_ALLOWED_ACL`",

  healthCheck:
    "the whole check, for its entries: `protocol`, `path`, `port`, `portIndex`, `timeoutSeconds`, `intervalSeconds`, `gracePeriodSeconds`, `maxConsecutiveFailures`",
  healthCheckPortIndex: "`portIndex` of the check, else empty",
  healthCheckPort: "the port that the check uses if it is known, else empty",
  healthCheckProtocol: "`protocol` of the check, such as `MESOS_HTTP`",
  healthCheckPath: "`path` of the check, else `/`",
  healthCheckTimeoutSeconds: "`timeoutSeconds` of the check, else 20",
  healthCheckIntervalSeconds: "`intervalSeconds` of the check, else 60",
  healthCheckGracePeriodSeconds: "`gracePeriodSeconds` of the check, else 300",
  healthCheckMaxConsecutiveFailures: "`maxConsecutiveFailures` of the check, else 3",
  healthCheckFalls: "`healthCheckMaxConsecutiveFailures` plus 1",
  healthCheckPortOptions: "a space and `port PORT` if `healthCheckPort` is known, else empty",
};

const allHosts = "all host names of the label `VHOST`, separated by commas, else empty";

/** Values with another meaning in one template than in the others. */
const exceptions: { readonly [Name in TemplateName]?: { readonly [Value in ValueNameOf<Name>]?: string } } = {
  HTTP_FRONTEND_APPID_ACL: { hostname: allHosts },
  HTTP_BACKEND_PROXYPASS_GLUE: { hostname: allHosts },
  HTTP_BACKEND_REVPROXY_GLUE: { hostname: allHosts },
  HTTP_BACKEND_REDIR: { hostname: allHosts },
  HTTPS_GROUPED_VHOST_FRONTEND_ACL: {
    backend: "name of the backend that leads to the vhost's TLS frontend",
    host: "the vhost",
  },
  HTTPS_PASSTHROUGH_FRONTEND_ACL: {
    backend: "name of the service's backend, or of the one that leads to the HTTPS frontend",
    host: "the vhost",
  },
  HTTPS_PASSTHROUGH_OTHERS: { backend: "name of the backend that leads to the HTTPS frontend" },
};

/** What a value means in a template; undefined for a name that is no value of any template. */
export function templateValueMeaning(template: string, value: string): string | undefined {
  const special: Readonly<Record<string, Readonly<Record<string, string>>>> = exceptions;
  const general: Readonly<Record<string, string>> = meanings;
  return special[template]?.[value] ?? general[value];
}

/**
 * A default template, which is in Handlebars, in the placeholder syntax: `{{x}}` becomes `{x}`, a literal brace is
 * doubled. Undefined where it uses more of Handlebars than values, such as a condition.
 */
export function toPlaceholders(template: string): string | undefined {
  let text = "";
  for (const statement of Handlebars.parse(template).body) {
    if (isContent(statement)) text += statement.value.replaceAll(/[{}]/g, "$&$&");
    else if (isValue(statement)) text += `{${(statement.path as hbs.AST.PathExpression).original}}`;
    else return undefined;
  }
  return text;
}

function isContent(statement: hbs.AST.Statement): statement is hbs.AST.ContentStatement {
  return statement.type === "ContentStatement";
}

function isValue(statement: hbs.AST.Statement): statement is hbs.AST.MustacheStatement {
  if (statement.type !== "MustacheStatement") return false;
  const { path, params } = statement as hbs.AST.MustacheStatement;
  return params.length === 0 && path.type === "PathExpression" &&
    (path as hbs.AST.PathExpression).parts.length === 1;
}

/**
 * The default of a template as an override in the placeholder syntax, to start from. Undefined where the default
 * uses what that syntax does not have.
 */
export function exampleOverride(row: TemplateRow): string | undefined {
  const text = defaultTemplates[row.name as TemplateName];
  if (!row.raw) return toPlaceholders(text);
  return text.includes("{{") ? undefined : text;
}

/** A label with its value as JSON, to copy into an app's `labels`. */
export function exampleLabel(label: string, value: string): string {
  return codeBlock("json", JSON.stringify({ [label]: value }, null, 2));
}
