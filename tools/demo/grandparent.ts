import { readFile } from "node:fs/promises";
import process from "node:process";

/** The process that started the one that started this one; undefined where the system does not tell (no `/proc`). */
export async function grandparent(): Promise<number | undefined> {
  const stat = await readFile(`/proc/${process.ppid}/stat`, "utf8").catch(() => undefined);
  // The command name may hold spaces and parentheses, so the fields are counted from the last ")" (proc(5)).
  const parent = stat?.slice(stat.lastIndexOf(")") + 1).trim().split(" ")[1];
  return parent === undefined ? undefined : Number(parent);
}
