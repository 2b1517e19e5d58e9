import { environmentVariable } from "../flags/environmentVariable.ts";
import type { Flag } from "../flags/Flag.ts";
import { flagTable } from "../flags/flagTable.ts";
import { bulletList } from "./markdown/bulletList.ts";
import { codeSpans } from "./markdown/codeSpans.ts";
import { wrapText } from "./markdown/wrapText.ts";

const flags: readonly Flag[] = flagTable;

/** Every flag, by its purpose, as `--help` groups them. */
export function flagsSection(): string[] {
  const groups = [...new Set(flags.map(({ group }) => group))];
  return [
    "## Flags",
    bulletList([
      "Each flag may also be given as the environment variable that is named with it. The flag wins. An empty " +
      "variable counts as none.",
      "A switch takes no value on the command line. Its variable is `true`, `t`, `yes`, `y` or `1`, or `false`, " +
      "`f`, `no`, `n` or `0`, in any case.",
      "`--flag VALUE` and `--flag=VALUE` are the same. A long name may be cut short as long as only one flag " +
      "begins so.",
      "Where a flag is given twice the last one counts, unless it says that it may be repeated.",
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
    bulletList([describeArgument(flag), describeDefault(flag), describeVariable(flag)]),
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
    ? " One or more, with blanks between them; in the variable blanks or commas."
    : argument.includes(",")
    ? " One or more, with commas between them."
    : "";
  const again = repeats ? " May be repeated." : "";
  const inVariable = repeats && !variadic
    ? " In the variable several, with blanks or commas between them."
    : "";
  return `Argument: \`${argument}\`${unit}${describeRange(flag)}.${several}${again}${inVariable}`;
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

function describeVariable({ name, notFromEnvironment, variable }: Flag): string {
  if (notFromEnvironment) return "Variable: none.";
  const also = variable
    ? `, else \`${variable.name}\`${variable.supervisedOnly ? " in a supervised mode" : ""}`
    : "";
  return `Variable: \`${environmentVariable(name)}\`${also}.`;
}
