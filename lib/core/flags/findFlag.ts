import type { Flag } from "./Flag.ts";
import { flagTable } from "./flagTable.ts";
import { UsageError } from "./UsageError.ts";

const flags: readonly Flag[] = flagTable;

/**
 * The flag that a word of the command line names: `-m`, `--marathon`, or the beginning of a long name that
 * only one flag has (as Python's argparse). Where one flag of the reference and some of ours begin so, it is
 * the reference's, so that every command line of the reference goes on working.
 *
 * Undefined where no flag begins so; throws a UsageError where several do.
 */
export function findFlag(word: string): Flag | undefined {
  if (!word.startsWith("--")) return flags.find((flag) => `-${flag.short}` === word);
  const exact = flags.find((flag) => `--${flag.name}` === word);
  if (exact) return exact;
  const candidates = flags.filter((flag) => `--${flag.name}`.startsWith(word));
  const ofReference = candidates.filter((flag) => !flag.ours);
  const [found, ...others] = ofReference.length > 0 ? ofReference : candidates;
  if (others.length === 0) return found;
  const names = candidates.map((flag) => `--${flag.name}`).join(", ");
  throw new UsageError(`${word} could be any of ${names}: write more of it`);
}
