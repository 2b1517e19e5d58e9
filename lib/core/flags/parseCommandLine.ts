import { type Command, CommanderError } from "commander";
import { buildOptions, type ModeChoice } from "./buildOptions.ts";
import { commandTable } from "./commandTable.ts";
import { createCommand } from "./createCommand.ts";
import { environmentVariable } from "./environmentVariable.ts";
import { expandArguments } from "./expandArguments.ts";
import { flagTable } from "./flagTable.ts";
import { modeTable } from "./modeTable.ts";
import type { Options } from "./Options.ts";
import { readListenAddress } from "./readListenAddress.ts";
import { type Environment, type GivenFlags, resolveFlagValues } from "./resolveFlagValues.ts";
import { UsageError } from "./UsageError.ts";

/** What a command line asks for. */
export type Invocation =
  | { kind: "help"; text: string }
  | { kind: "version"; haproxyBinary: string | undefined }
  | { kind: "longhelp" }
  | { kind: "health"; runDir: string }
  | { kind: "checkMigration"; options: Options & { from: string } }
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
  if (words[0] === "health") {
    refuseWords("health", words.slice(1));
    return { kind: "health", runDir: resolveFlagValues(given, environment, true).runDir };
  }
  const comparing = words[0] === checkMigration;
  if (comparing) refuseWords(checkMigration, words.slice(1));
  // What it compares with is what a container would serve.
  const choice: ModeChoice = comparing ? { mode: "sse" } : chooseMode(words);
  const values = resolveFlagValues(given, environment, choice.mode !== "direct");
  if (values.longhelp) return { kind: "longhelp" };
  if (!comparing) refuseComparing(given);
  const options = buildOptions(choice, values, environment);
  return comparing
    ? { kind: "checkMigration", options: { ...options, from: requireFrom(values.from) } }
    : { kind: "run", options };
}

const checkMigration = "check-migration";

function requireFrom(from: string | undefined): string {
  if (from !== undefined) return from;
  throw new UsageError(
    `${checkMigration}: --from is required: the admin port of the old load balancer, such as --from http://HOST:9090, ` +
      "or its haproxy.cfg",
  );
}

function refuseComparing(given: GivenFlags): void {
  const name = ["from", "json"].find((flag) => given.has(flag));
  if (name !== undefined) throw new UsageError(`--${name} is for marathon-lb ${checkMigration} only`);
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

/** By itself: a question for the version is answered whatever else cannot be read. */
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

function refuseWords(after: string, words: readonly string[]): void {
  if (words.length === 0) return;
  throw new UsageError(
    `${after}: expected flags after it, got the word ${JSON.stringify(words[0])}; see --help`,
  );
}
