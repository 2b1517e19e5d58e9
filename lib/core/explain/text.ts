import type { Style } from "../style.ts";
import { escapeUnprintable } from "../text.ts";
import type {
  AppExplanation,
  ExplainedServer,
  ExplainedTask,
  LiveServer,
  ServiceExplanation,
} from "./app.ts";
import type { UrlExplanation } from "./url.ts";
import type { Reason, Standing } from "./verdict.ts";

const standings: Readonly<Record<Standing, [keyof Style, string]>> = {
  "served": ["ok", "served"],
  "partly": ["warning", "served in part"],
  "not-served": ["failure", "not served"],
};

/** A standing in words. */
export function standingText(standing: Standing, use: Style): string {
  const [how, words] = standings[standing];
  return use[how](words);
}

/** How many tasks, servers or lines of one kind the text shows; `--json` has all. */
const most = 40;

/** The chain from an app to its servers, for people: each step with its verdict. */
export function explanationText(explanation: AppExplanation, use: Style): string {
  const { app, standing, services, labels, tasks } = explanation;
  return layOut([
    `${use.emphasis(safe(app))}: ${standingText(standing, use)}`,
    ...explanation.reasons.flatMap((reason) => reasonLines(reason, standing, use)),
    "",
    use.emphasis("Labels"),
    ...orNone(labels.map(({ name, value, read, reason }) => {
      const understood = reason
        ? `  ${use.failure(reason.code)}`
        : read === undefined
        ? ""
        : use.quiet(`  read as ${safe(read)}`);
      return `${safe(name)}=${safe(value)}${understood}`;
    })),
    "",
    use.emphasis(`Tasks (${tasks.length})`),
    ...orNone(capped(tasks.map((task) => taskLine(task, use)))),
    ...services.flatMap((service) => ["", ...serviceLines(service, use)]),
  ]);
}

function serviceLines(service: ServiceExplanation, use: Style): string[] {
  const { index, port, closedPort, mode, standing, backend, rules, lines, servers, vhosts, group, reasons } =
    service;
  const where = [
    port !== undefined ? `port ${port}` : closedPort === undefined ? "no port" : `port ${closedPort} closed`,
    safe(mode),
    ...vhosts.length > 0 ? [`vhost ${vhosts.map(safe).join(", ")}`] : [],
    ...group === undefined ? [] : [`group ${safe(group)}`],
  ];
  const codes = [...new Set(reasons.map(({ code }) => code))].join(", ");
  const why = codes === "" ? "" : ` (${codes})`;
  const head = `${use.emphasis(`Service ${index}`)}, ${where.join(", ")}: ${
    standingText(standing, use)
  }${why}`;
  if (backend === undefined) return [head];
  return [
    head,
    use.emphasis("  Rules"),
    ...orNone(rules.flatMap((rule) => [
      `  ${use.quiet(ruleTitle(rule))}`,
      ...capped(rule.lines.map(indented)),
    ])),
    use.emphasis(`  Backend ${safe(backend)}`),
    ...capped(configurationLines(lines, use)),
    use.emphasis(`  Servers (${servers.length})`),
    ...orNone(capped(servers.map((server) => serverLine(server, use)))),
  ];
}

function ruleTitle({ frontend, kind, host, path }: ServiceExplanation["rules"][number]): string {
  const what = {
    vhost: "vhost",
    map: "vhost, by the map",
    port: "service port",
    "app-id": "header X-Marathon-App-Id",
  }[kind];
  return `${what}${host === undefined ? "" : ` ${safe(host)}`}${path === undefined ? "" : safe(path)}` +
    `, in frontend ${safe(frontend)}`;
}

/** Lines that follow each other from one template share its name. */
function configurationLines(lines: ServiceExplanation["lines"], use: Style): string[] {
  let before: string | undefined;
  return lines.flatMap(({ text, from }) => {
    const isNew = from !== before;
    before = from;
    return [...isNew ? [`    ${use.quiet(`# ${safe(from)}`)}`] : [], indented(text)];
  });
}

function taskLine({ id, host = "no host", state, standing, reason }: ExplainedTask, use: Style): string {
  const why = reason ? `${use.failure("left out")}: ${safe(reason.message)}` : use.failure("left out");
  const what = standing === "server" ? use.ok("a server") : why;
  return `${safe(id)}  ${safe(host)}${state === undefined ? "" : `  ${safe(state)}`}  ${what}`;
}

function serverLine({ name, address, port, task, draining, live }: ExplainedServer, use: Style): string {
  const facts = [
    ...draining ? [use.warning("draining")] : [],
    ...live ? [liveText(live, use)] : [],
    ...task === undefined ? [] : [use.quiet(`task ${safe(task)}`)],
  ];
  return `  ${safe(name)}  ${safe(address)}:${port}${facts.length > 0 ? `  ${facts.join(", ")}` : ""}`;
}

function liveText({ status, check, sessions, rate, errors, weight, queue }: LiveServer, use: Style): string {
  const how = /^UP|^no check/i.test(status) ? use.ok : /^DOWN/i.test(status) ? use.failure : use.warning;
  return [
    how(safe(String(status))),
    ...check ? [`check ${safe(String(check))}`] : [],
    `${sessions} sessions`,
    `${rate}/s`,
    `${errors} errors`,
    `weight ${weight}`,
    ...queue > 0 ? [`${queue} in the queue`] : [],
  ].join(", ");
}

/** A reason and what to do, for people. */
function reasonLines({ code, message, hint, since }: Reason, standing: Standing, use: Style): string[] {
  const how = standing === "not-served" ? use.failure : use.warning;
  const began = since === undefined ? "" : ` (since ${new Date(since).toISOString()})`;
  return [
    `${how(safe(code))}: ${safe(message)}${began}`,
    `  ${use.quiet(`To do: ${safe(hint).replaceAll("`", "")}`)}`,
  ];
}

/** Which rule a URL matches, and where the request goes, for people. */
export function urlText(explanation: UrlExplanation, use: Style): string {
  const { url, scheme, host, port, path, frontend, matched, shares = [], also, reasons } = explanation;
  const served = matched
    ? use.ok(
      shares.length > 0
        ? `shared by ${shares.map(({ app, index }) => `${safe(app)}, service ${index}`).join(", and ")}`
        : `served by ${safe(matched.app)}, service ${matched.index}`,
    )
    : use.failure("not served");
  return layOut([
    `${use.emphasis(safe(url))}: ${served}`,
    ...reasons.flatMap((reason) => reasonLines(reason, matched ? "partly" : "not-served", use)),
    "",
    `${use.emphasis("Request")}   ${safe(scheme)} to port ${port}, host ${safe(host)}, path ${safe(path)}`,
    `${use.emphasis("Frontend")}  ${frontend === undefined ? use.failure("none") : safe(frontend)}`,
    ...matched
      ? [
        `${use.emphasis("Rule")}      ${safe(matched.why)}`,
        ...matched.rule.map(indented),
        `${use.emphasis("Backend")}   ${safe(matched.backend)}`,
        use.emphasis(`Servers (${matched.servers.length})`),
        ...orNone(
          capped(matched.servers.map(({ name, address, port }) => `${safe(name)}  ${safe(address)}:${port}`)),
        ),
      ]
      : [],
    ...shares.length > 0 ? ["", use.emphasis("Shares of the requests")] : [],
    ...shares.map(({ app, index, backend, percent }) =>
      `  ${safe(app)}, service ${index}: ${percent} %, in backend ${safe(backend)}`
    ),
    ...also.length > 0 ? ["", use.emphasis("What else matches, and comes later")] : [],
    ...capped(also.flatMap(({ app, index, why, rule }) => [
      `${safe(app)}, service ${index}: ${safe(why)}`,
      ...rule.map(indented),
    ])),
  ]);
}

/** Indents by two levels, in place of the indentation in the configuration. */
function indented(text: string): string {
  return `    ${safe(text.trim())}`;
}

/** Labels, ids and answers of servers are printed as plain text, so that nothing in them controls the terminal. */
function safe(text: string): string {
  return escapeUnprintable(String(text)).replaceAll("\t", " ");
}

function orNone(lines: readonly string[]): readonly string[] {
  return (lines.length > 0 ? lines : ["none"]).map((line) => `  ${line}`);
}

function capped(lines: readonly string[]): string[] {
  if (lines.length <= most) return [...lines];
  return [...lines.slice(0, most), `… and ${lines.length - most} more: --json has all`];
}

function layOut(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}

/** The sentence about an unknown app, with the ids that may have been meant. */
export function unknownAppText(app: string, nearest: readonly string[]): string {
  const meant = nearest.length > 0 ? `; the nearest ids are ${nearest.map(safe).join(", ")}` : "";
  return `there is no app ${safe(app)}${meant}`;
}
