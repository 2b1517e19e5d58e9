import { readdirSync, readFileSync } from "node:fs";

/** Every process whose command line holds the text, whoever its parent is by now; ended ones excepted. */
export function processesNaming(text: string): number[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number)
    .filter((pid) => commandLine(pid).includes(text));
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return ""; // it has ended meanwhile
  }
}
