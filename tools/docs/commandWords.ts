import { commandTable } from "../../lib/core/flags/commandTable.ts";
import { modeTable } from "../../lib/core/flags/modeTable.ts";

/** A word that may follow the program's name. */
export interface CommandWord {
  readonly name: string;
  /** What follows it. */
  readonly argument?: string;
  readonly description: string;
}

export const modes: readonly CommandWord[] = modeTable;
export const commands: readonly CommandWord[] = commandTable;
/** Every word that the program knows as its first, in the order of `--help`. */
export const commandWords: readonly CommandWord[] = [...modes, ...commands];
