import type { Flag } from "./Flag.ts";
import { findFlag } from "./findFlag.ts";
import { UsageError } from "./UsageError.ts";

const hidden = "***";

/** The words of a command line with what is secret in them replaced, also where they are wrong use. */
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
    // The beginning of several flags: this run ends with that.
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}
