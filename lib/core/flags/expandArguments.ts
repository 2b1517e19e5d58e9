import { findFlag } from "./findFlag.ts";
import { UsageError } from "./UsageError.ts";

/**
 * Brings the forms that argparse knows and `commander` does not into one that it does: shortened long flags
 * are written out, and `-m URL URL` becomes `--marathon=URL URL`, so that a later `-m` replaces all of it.
 * A flag whose value is missing is told here: `commander` would take the next flag for it.
 */
export function expandArguments(argv: readonly string[]): string[] {
  const expanded: string[] = [];
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") return [...expanded, word, ...rest];
    const [, name = word, value] = /^(-[^=]+)=(.*)$/s.exec(word) ?? [];
    const flag = isFlagLike(word) ? findFlag(name) : undefined;
    if (!flag) {
      // What follows = stays out of the message about an unknown flag: it may be a misspelt flag's secret.
      expanded.push(name.startsWith("--") && isFlagLike(word) ? name : word);
    } else if (flag.kind === "switch") {
      if (value !== undefined) {
        throw new UsageError(`--${flag.name} takes no value: write it without = and after`);
      }
      expanded.push(`--${flag.name}`);
    } else {
      const values = value === undefined ? takeValues(rest, flag.variadic ? Infinity : 1) : [value];
      if (values.length === 0) {
        const next = rest[0] === undefined ? "nothing" : `the flag ${rest[0].replace(/=.*/s, "")}`;
        throw new UsageError(`--${flag.name}: expected ${flag.argument} after it, got ${next}`);
      }
      expanded.push(`--${flag.name}=${values.join(" ")}`);
    }
  }
  return expanded;
}

/** Takes the words at the head of `rest` that are no flags, at most `limit`. */
function takeValues(rest: string[], limit: number): string[] {
  const end = rest.findIndex(isFlagLike);
  return rest.splice(0, Math.min(limit, end < 0 ? rest.length : end));
}

/** As argparse: all that starts with - but `-`, negative numbers and what has a space before any `=`. */
function isFlagLike(word: string): boolean {
  if (/^--?[a-z][a-z-]*=/i.test(word)) return true;
  return word.length > 1 && word.startsWith("-") && !/^-\d*\.?\d+$/.test(word) && !word.includes(" ");
}
