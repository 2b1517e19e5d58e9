import { environmentTable } from "../../lib/core/docs/reference.ts";
import { environmentVariable, type Flag } from "../../lib/core/flags/flag.ts";
import { flagTable } from "../../lib/core/flags/flagTable.ts";
import { version } from "../../lib/core/version.ts";
import { commands, type CommandWord, commandWords, modes } from "./commandWords.ts";
import { manEntries, type ManEntry } from "./manEntries.ts";
import { bold, escapeRoff, italic, proseToRoff } from "./roff.ts";

const flags: readonly Flag[] = flagTable;
/** When the page was last looked through. */
const date = "2026-11-27";

/** The manual page marathon-lb(8), in the macros of man(7). */
export function manPage(): string {
  return `${
    [
      '.\\" Made from the flag table by UPDATE_DOCS=1 deno test -A test/core/docs.',
      `.TH MARATHON-LB 8 ${date} "marathon-lb ${version}" "System Manager's Manual"`,
      ...section("NAME", ["marathon\\-lb \\- load balancing for Apache Mesos and Marathon by HAProxy"]),
      ...section("SYNOPSIS", synopsis()),
      ...section("DESCRIPTION", description()),
      ...section("MODES", [...modes.flatMap(describeWord), ...withoutMode]),
      ...section("COMMANDS", commands.flatMap(describeWord)),
      ...section("OPTIONS", options()),
      ...section("ENVIRONMENT", environment()),
      ...section("FILES", manEntries.files.flatMap(entry)),
      ...section("SIGNALS", manEntries.signals.flatMap(entry)),
      ...section("ENDPOINTS", endpoints()),
      ...section("EXIT STATUS", manEntries.exitStatus.flatMap(entry)),
      ...section("EXAMPLES", manEntries.examples.flatMap(example).slice(0, -1)),
      ...section("SEE ALSO", [".BR haproxy (1)"]),
    ].join("\n")
  }\n`;
}

function section(title: string, lines: readonly string[]): string[] {
  return [`.SH ${title.includes(" ") ? `"${title}"` : title}`, ...lines];
}

function synopsis(): string[] {
  const words = commandWords.map(({ name, argument }) =>
    argument ? `${bold(name)} ${italic(argument)}` : bold(name)
  );
  return [
    ...words.flatMap((word) => [`${bold("marathon-lb")} ${word} [${italic("flags")}]`, ".br"]),
    `${bold("marathon-lb")} [${italic("flags")}]`,
  ];
}

function description(): string[] {
  return manEntries.description.flatMap((paragraph, index) => [
    ...index > 0 ? [".PP"] : [],
    proseToRoff(paragraph),
  ]);
}

function describeWord({ name, argument, description }: CommandWord): string[] {
  return [
    ".TP",
    argument ? `${bold(name)} ${italic(argument)}` : bold(name),
    proseToRoff(`${description}.`),
  ];
}

const withoutMode = [
  ".TP",
  "(none)",
  proseToRoff("write the configuration once, reload a running HAProxy, and exit."),
];

function options(): string[] {
  const groups = [...new Set(flags.map(({ group }) => group))];
  return [
    ...manEntries.options.map(proseToRoff),
    ...groups.flatMap((group) => [
      `.SS "${group}"`,
      ...flags.filter((flag) => flag.group === group).flatMap(describeFlag),
    ]),
  ];
}

function describeFlag(flag: Flag): string[] {
  const { name, short, argument, variadic } = flag;
  const value = argument ? ` ${italic(argument)}${variadic ? "\\ ..." : ""}` : "";
  return [
    ".TP",
    `${short ? `${bold(`-${short}`)}, ` : ""}${bold(`--${name}`)}${value}`,
    proseToRoff(flag.description),
    proseToRoff([...describeRange(flag), ...describeDefault(flag)].join(" ")),
  ].filter((line) => line !== "");
}

function describeRange({ minimum, maximum }: Flag): string[] {
  if (minimum === undefined) return [];
  return [maximum === undefined ? `At least ${minimum}.` : `From ${minimum} to ${maximum}.`];
}

function describeDefault({ kind, default: value, defaultText, variable }: Flag): string[] {
  const also = variable
    ? [`Also \`$${variable.name}\`${variable.supervisedOnly ? " in a supervised mode" : ""}.`]
    : [];
  if (defaultText !== undefined) return [`Default: ${defaultText}.`, ...also];
  if (kind === "switch" || value === undefined) return also;
  return [`Default: \`${value}\`${kind === "seconds" ? " s" : ""}.`, ...also];
}

function environment(): string[] {
  const example = `${environmentVariable("max-backoff")}=60`;
  return [
    proseToRoff(
      `Each flag can also be set by a variable: \`${example}\` is \`--max-backoff 60\`. A switch is true or false, a list has ` +
        "commas. The flag overrides the variable. The program also reads these variables:",
    ),
    ...environmentTable.flatMap(({ name, description, supervisedOnly }) =>
      entry({
        term: name,
        text: `${description.replace(/see \[Templates\].*/, "see \`--longhelp\`.")}${
          supervisedOnly ? " In the supervised modes only." : ""
        }`,
      })
    ),
  ];
}

function endpoints(): string[] {
  return [proseToRoff(manEntries.endpointsIntro), ...manEntries.endpoints.flatMap(entry)];
}

function entry({ term, text }: ManEntry): string[] {
  return [".TP", bold(term), proseToRoff(text)];
}

function example({ term, text }: ManEntry): string[] {
  return [proseToRoff(text), ".PP", ".RS 4", ".EX", escapeRoff(term), ".EE", ".RE", ".PP"];
}
