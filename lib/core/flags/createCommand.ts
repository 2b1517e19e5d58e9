import { Command, Option } from "commander";
import { commandTable } from "./commandTable.ts";
import type { Flag } from "./Flag.ts";
import { flagTable } from "./flagTable.ts";
import { modeTable } from "./modeTable.ts";

const helpWidth = 100;

/** The flag table as a `commander` command that neither writes nor exits but throws, with `--help`'s text. */
export function createCommand(): Command {
  const command = new Command("marathon-lb")
    .usage(`[${[...modeTable, ...commandTable].map(modeTerm).join(" | ")}] [flags]`)
    .description(describeModes())
    .argument("[words...]")
    .helpOption(false)
    .exitOverride()
    .configureHelp({ optionTerm: ({ short, flags }) => short ? flags : `    ${flags}` })
    .configureOutput({
      writeOut: () => {},
      writeErr: () => {},
      getOutHelpWidth: () => helpWidth,
      getOutHasColors: () => false,
    });
  for (const flag of flagTable) command.addOption(createOption(flag));
  return command;
}

function createOption(flag: Flag): Option {
  const short = flag.short ? `-${flag.short}, ` : "";
  const argument = flag.argument ? ` <${flag.argument}${flag.variadic ? " ..." : ""}>` : "";
  const option = new Option(`${short}--${flag.name}${argument}`, describeFlag(flag));
  return option.helpGroup(`${flag.group}:`);
}

function describeFlag(flag: Flag): string {
  const extra: string[] = [];
  const defaultText = flag.defaultText ?? describeDefault(flag);
  if (defaultText !== undefined) extra.push(`default: ${defaultText}`);
  if (flag.variable) {
    extra.push(`also $${flag.variable.name}${flag.variable.supervisedOnly ? " in a supervised mode" : ""}`);
  }
  return extra.length === 0 ? flag.description : `${flag.description} (${extra.join("; ")})`;
}

function describeDefault({ default: value, kind }: Flag): string | undefined {
  if (value === undefined) return undefined;
  return kind === "seconds" ? `${value} s` : String(value);
}

function modeTerm({ name, argument }: { name: string; argument?: string }): string {
  return argument ? `${name} ${argument}` : name;
}

function describeModes(): string {
  const width = Math.max(...[...modeTable, ...commandTable].map((word) => modeTerm(word).length));
  const describe = (word: { name: string; argument?: string; description: string }) =>
    `  ${modeTerm(word).padEnd(width)}  ${word.description}`;
  return [
    "Serves the apps of Marathon through HAProxy.",
    "",
    "Modes, which start HAProxy, keep it running and reload it:",
    ...modeTable.map(describe),
    `  ${"(none)".padEnd(width)}  write the configuration once, have a running HAProxy reload it, and end`,
    "",
    "Commands, which do one thing and end:",
    ...commandTable.map(describe),
    "",
    "Every flag may also be given as a variable, for example MARATHON_LB_MAX_BACKOFF=60 for",
    "--max-backoff 60, a switch as true or false and a list with commas. The flag wins.",
  ].join("\n");
}
