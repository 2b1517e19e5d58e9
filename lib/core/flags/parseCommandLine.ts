import { type Command, CommanderError } from "commander";
import { buildOptions, type ModeChoice } from "./buildOptions.ts";
import { createCommand } from "./createCommand.ts";
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
  | { kind: "version" }
  | { kind: "longhelp" }
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
  if (given.has("version")) return { kind: "version" };
  const choice = chooseMode(words);
  const values = resolveFlagValues(given, environment, choice.mode !== "direct");
  if (values.longhelp) return { kind: "longhelp" };
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

/** `commander` says `error: unknown option '--grup'`, and on a second line what may have been meant. */
function describeRefusal({ message }: CommanderError): string {
  return message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ").replace(/^unknown option/, "unknown flag");
}

function chooseMode([word, ...rest]: string[]): ModeChoice {
  if (word === undefined) return { mode: "direct" };
  const definition = modeTable.find((mode) => mode.name === word);
  if (!definition) {
    const names = modeTable.map((mode) => mode.name).join(", ");
    throw new UsageError(
      `unknown mode ${JSON.stringify(word)}: expected one of ${names}, or none; see --help`,
    );
  }
  const argument = definition.argument ? rest.shift() : undefined;
  if (rest.length > 0) {
    throw new UsageError(
      `${word}: expected flags after it, got the word ${JSON.stringify(rest[0])}; see --help`,
    );
  }
  if (argument === undefined) return { mode: definition.name };
  const eventAddress = readListenAddress(argument);
  if (eventAddress !== undefined) return { mode: definition.name, eventAddress };
  throw new UsageError(`${word}: expected ${definition.argument} after it, got ${JSON.stringify(argument)}`);
}
