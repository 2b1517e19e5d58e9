import { Command, CommanderError, Option } from "commander";
import { readListenAddress } from "../addresses.ts";
import {
  type DeployInvocation,
  type ExplainInvocation,
  type ExportInvocation,
  type ImportInvocation,
  parseDeploy,
  parseExplain,
  parseExport,
  parseImport,
  parseValidate,
  refuseOthersFlags,
  refuseWords,
  requireFrom,
  type ValidateInvocation,
} from "./commands.ts";
import { commandTable, environmentVariable, type Flag, modeTable, UsageError } from "./flag.ts";
import { flagTable } from "./flagTable.ts";
import { buildOptions, type ModeChoice, type Options } from "./options.ts";
import { type Environment, type GivenFlags, resolveFlagValues } from "./values.ts";

/** What a command line asks for. */
export type Invocation =
  | { kind: "help"; text: string }
  | { kind: "version"; haproxyBinary: string | undefined }
  | { kind: "longhelp" }
  | { kind: "health"; runDir: string }
  | { kind: "checkMigration"; options: Options & { from: string } }
  | ExplainInvocation
  | ValidateInvocation
  | DeployInvocation
  | ExportInvocation
  | ImportInvocation
  | { kind: "run"; options: Options };

/**
 * Reads the words after the program's name, and the environment for the flags that are not among them.
 *
 * Throws a UsageError for wrong use.
 */
export function parseCommandLine(argv: readonly string[], environment: Environment): Invocation {
  const command = createCommand();
  const { given, words } = readArguments(command, argv);
  if (given.has("help")) return { kind: "help", text: command.helpInformation() };
  if (given.has("version")) return { kind: "version", haproxyBinary: haproxyBinary(given, environment) };
  const [first, ...rest] = words;
  switch (first) {
    case "health":
      refuseWords(first, rest);
      return { kind: "health", runDir: resolveFlagValues(given, environment, true).runDir };
    case "explain":
    case "validate":
    case "deploy":
    case "export":
    case "import":
    case "check-migration": {
      refuseOthersFlags(given, first);
      // What a container would serve.
      const values = resolveFlagValues(given, environment, true);
      if (values.longhelp) return { kind: "longhelp" };
      if (first === "explain") return parseExplain(rest, { given, values, environment });
      if (first === "validate") return parseValidate(rest, { given, values, environment });
      if (first === "deploy") return parseDeploy(rest, { given, values, environment });
      if (first === "export") return parseExport(rest, { given, values, environment });
      if (first === "import") return parseImport(rest, { given, values, environment });
      refuseWords(first, rest);
      const options = buildOptions({ mode: "sse", once: true }, values, environment);
      return { kind: "checkMigration", options: { ...options, from: requireFrom(values.from) } };
    }
  }
  const choice = chooseMode(words);
  const values = resolveFlagValues(given, environment, choice.mode !== "direct");
  if (values.longhelp) return { kind: "longhelp" };
  refuseOthersFlags(given);
  return { kind: "run", options: buildOptions(choice, values, environment) };
}

/** The text of every use of every flag, and the words that belong to none. */
function readArguments(command: Command, argv: readonly string[]): { given: GivenFlags; words: string[] } {
  const given = new Map<string, string[]>();
  for (const { name } of flagTable) {
    command.on(`option:${name}`, (text = "true") => given.set(name, [...given.get(name) ?? [], text]));
  }
  try {
    command.parse(expandArguments(argv), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw new UsageError(describeRefusal(error));
  }
  return { given, words: command.args };
}

/** Read on its own, so that `--version` names HAProxy even if other arguments cannot be read. */
function haproxyBinary(given: GivenFlags, environment: Environment): string | undefined {
  return given.get("haproxy-binary")?.at(-1) ??
    (environment[environmentVariable("haproxy-binary")] || undefined);
}

/** `commander` says `error: unknown option '--grup'`, and on a second line what may have been meant. */
function describeRefusal({ message }: CommanderError): string {
  return message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ").replace(/^unknown option/, "unknown flag");
}

function chooseMode([word, ...rest]: string[]): ModeChoice {
  if (word === undefined) return { mode: "direct" };
  const definition = modeTable.find((mode) => mode.name === word);
  if (!definition) {
    const names = [...modeTable, ...commandTable].map(({ name }) => name).join(", ");
    throw new UsageError(
      `unknown mode ${JSON.stringify(word)}: expected one of ${names}, or none; see --help`,
    );
  }
  const argument = definition.argument ? rest.shift() : undefined;
  refuseWords(word, rest);
  if (argument === undefined) return { mode: definition.name };
  const eventAddress = readListenAddress(argument);
  if (eventAddress !== undefined) return { mode: definition.name, eventAddress };
  throw new UsageError(`${word}: expected ${definition.argument} after it, got ${JSON.stringify(argument)}`);
}

const helpWidth = 100;

/** The flag table as a `commander` command, with the text of `--help`. It throws instead of printing or exiting. */
export function createCommand(): Command {
  const command = new Command("marathon-lb")
    .usage(`[${modeTable.map(modeTerm).join(" | ")} | COMMAND] [flags]`)
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
    "Modes, which start, supervise and reload HAProxy:",
    ...modeTable.map(describe),
    `  ${"(none)".padEnd(width)}  write the configuration once, reload a running HAProxy, and exit`,
    "",
    "Commands, which do one thing and exit:",
    ...commandTable.map(describe),
    "",
    "Each flag can also be set by a variable, for example MARATHON_LB_MAX_BACKOFF=60 for",
    "--max-backoff 60. A switch is true or false, a list has commas. The flag overrides it.",
  ].join("\n");
}

/**
 * Rewrites the forms that only argparse knows into those that `commander` knows. Shortened long flags are written in
 * full, and `-m URL URL` becomes `--marathon=URL URL`, so that a later `-m` replaces all of it. A flag without its
 * value is reported here, as `commander` would use the next flag as the value.
 */
export function expandArguments(argv: readonly string[]): string[] {
  const expanded: string[] = [];
  const rest = [...argv];
  const takesWords = ["explain", "validate", "deploy", "import"].includes(argv[0] ?? "");
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") return [...expanded, word, ...rest];
    const [, name = word, value] = /^(-[^=]+)=(.*)$/s.exec(word) ?? [];
    const flag = isFlagLike(word) ? findFlag(name, argv[0]) : undefined;
    if (!flag) {
      // The text behind = stays out of the message about an unknown flag, as it may be the secret of a misspelt one.
      expanded.push(name.startsWith("--") && isFlagLike(word) ? name : word);
    } else if (flag.kind === "switch") {
      if (value !== undefined) {
        throw new UsageError(`--${flag.name} has no value: write it without =`);
      }
      expanded.push(`--${flag.name}`);
    } else {
      const limit = flag.variadic ? Infinity : 1;
      // The arguments of the command may follow.
      const isMore = takesWords && flag.kind === "urls" ? isUrlLike : undefined;
      const values = value === undefined ? takeValues(rest, limit, isMore) : [value];
      if (values.length === 0) {
        const next = rest[0] === undefined ? "nothing" : `the flag ${rest[0].replace(/=.*/s, "")}`;
        throw new UsageError(`--${flag.name}: expected ${flag.argument} after it, got ${next}`);
      }
      expanded.push(`--${flag.name}=${values.join(" ")}`);
    }
  }
  return expanded;
}

/**
 * Removes up to `limit` words that are no flags from the head of `rest`; those behind the first have to satisfy
 * `isMore`.
 */
function takeValues(rest: string[], limit: number, isMore: (word: string) => boolean = () => true): string[] {
  const end = rest.findIndex((word, index) => isFlagLike(word) || index > 0 && !isMore(word));
  return rest.splice(0, Math.min(limit, end < 0 ? rest.length : end));
}

function isUrlLike(word: string): boolean {
  return /^(?:https?|file):/i.test(word);
}

/**
 * As in argparse: every word that starts with -, except `-`, negative numbers and words with a space before any `=`.
 */
function isFlagLike(word: string): boolean {
  if (/^--?[a-z][a-z-]*=/i.test(word)) return true;
  return word.length > 1 && word.startsWith("-") && !/^-\d*\.?\d+$/.test(word) && !word.includes(" ");
}

const flags: readonly Flag[] = flagTable;

/**
 * The flag that a word of the command line names: `-m`, `--marathon`, or, as in argparse, the beginning of only one
 * long name. If one flag of the reference and some new ones begin so, the word means that of the reference. So every
 * command line of the reference keeps working. Flags of commands give way to all others: `--strict` has always meant
 * `--strict-mode`, and means itself only with its command.
 *
 * @param command the first word of the command line
 *
 * Undefined where no flag begins so; throws a UsageError where several do.
 */
export function findFlag(word: string, command?: string): Flag | undefined {
  if (!word.startsWith("--")) return flags.find((flag) => `-${flag.short}` === word);
  const exact = flags.find((flag) => `--${flag.name}` === word);
  const candidates = flags.filter((flag) => `--${flag.name}`.startsWith(word));
  const ofReference = candidates.filter((flag) => !flag.ours);
  if (exact && (ofReference.length === 0 || ofReference.includes(exact) || isOf(exact, command))) {
    return exact;
  }
  const ofModes = candidates.filter((flag) => flag.group !== "Flags of commands");
  const [found, ...others] = [ofReference, ofModes, candidates].find(({ length }) => length > 0) ?? [];
  if (others.length === 0) return found;
  const names = candidates.map((flag) => `--${flag.name}`).join(", ");
  throw new UsageError(`${word} is ambiguous, one of ${names}: write more of it`);
}

/** Whether a flag counts with a command: those of other commands do not. */
function isOf({ name, group }: Flag, command: string | undefined): boolean {
  const own: readonly string[] = commandTable.find((one) => one.name === command)?.flags ?? [];
  return group !== "Flags of commands" || own.includes(name);
}

const hidden = "***";

/** The words of a command line with secrets replaced, even if its usage is wrong. */
export function hideSecrets(argv: readonly string[]): string[] {
  let before: Flag | undefined;
  return argv.map((word) => {
    const [, name, value] = /^(--?[a-z][a-z-]*)(?:=(.*))?$/is.exec(word) ?? [];
    const flag = name === undefined ? undefined : flagOf(name);
    const isValue = name === undefined && before?.secret;
    before = value === undefined ? flag : undefined;
    if (isValue) return hidden;
    if (flag?.secret && value) return `${name}=${hidden}`;
    return word.replaceAll(/\/\/[^\s,]*@/g, `//${hidden}@`);
  });
}

function flagOf(word: string): Flag | undefined {
  try {
    return findFlag(word);
  } catch (error) {
    // The beginning of several flags: parsing fails on that anyway.
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}
