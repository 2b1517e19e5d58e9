import process from "node:process";

/** Writes one line, which has no line break at its end. */
export function writeToStandardError(line: string): void {
  process.stderr.write(`${line}\n`);
}
