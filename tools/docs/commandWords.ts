import { commandTable, modeTable } from "../../lib/core/flags/flag.ts";

/** A word that may follow the program's name. */
export interface CommandWord {
  readonly name: string;
  /** What follows it. */
  readonly argument?: string;
  readonly description: string;
}

export const modes: readonly CommandWord[] = modeTable;
export const commands: readonly CommandWord[] = commandTable;
/** The words that files follow. */
export const filesFollow: readonly string[] = commands.filter(({ argument }) => argument?.startsWith("FILE"))
  .map(
    ({ name }) => name,
  );
/** Every word that the program knows as its first, in the order of `--help`. */
export const commandWords: readonly CommandWord[] = [...modes, ...commands];
