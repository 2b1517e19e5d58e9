import type { Flag } from "./Flag.ts";
import { flagTable } from "./flagTable.ts";
import type { FlagValues } from "./FlagValues.ts";
import { environmentVariable } from "./environmentVariable.ts";
import { type FlagSource, readFlagValue } from "./readFlagValue.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the command line gave: by flag name, the text of each use; a switch's is `true`. */
export type GivenFlags = ReadonlyMap<string, readonly string[]>;

/** The value of every flag, from the command line, else the environment, else its default. */
export function resolveFlagValues(
  given: GivenFlags,
  environment: Environment,
  supervised: boolean,
): FlagValues {
  const values: Record<string, unknown> = {};
  for (const flag of flagTable as readonly Flag[]) {
    const source = fromCommandLine(flag, given) ?? fromEnvironment(flag, environment, supervised);
    values[optionName(flag)] = (source && readFlagValue(flag, source)) ?? defaultValue(flag);
  }
  // Each property and its type come from the same row of the table.
  return values as FlagValues;
}

function fromCommandLine(flag: Flag, given: GivenFlags): FlagSource | undefined {
  const texts = given.get(flag.name);
  return texts && { origin: `--${flag.name}`, texts: flag.repeats ? texts : texts.slice(-1) };
}

/** An empty variable counts as none: container descriptions leave those they have no value for empty. */
function fromEnvironment(flag: Flag, environment: Environment, supervised: boolean): FlagSource | undefined {
  if (flag.notFromEnvironment) return undefined;
  const names = [environmentVariable(flag.name)];
  if (flag.variable && (supervised || !flag.variable.supervisedOnly)) names.push(flag.variable.name);
  for (const name of names) {
    const text = environment[name];
    if (text?.trim()) return { origin: `$${name}`, texts: flag.repeats ? text.split(/[\s,]+/) : [text] };
  }
  return undefined;
}

/** Lists are copied: who gets the options may change them, the table stays as it is. */
function defaultValue(flag: Flag): unknown {
  if (flag.kind === "switch") return false;
  return Array.isArray(flag.default) ? [...flag.default] : flag.default;
}

function optionName({ option, name }: Flag): string {
  return option ?? name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
