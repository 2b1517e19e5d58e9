/**
 * Why apt-get failed, on one line: its own first error, else the last that was said (by sudo, say), else `otherwise`.
 *
 * @param stderr what it wrote to standard error
 */
export function describeAptFailure(stderr: string, otherwise: string): string {
  const lines = stderr.split("\n").map((line) => line.trim()).filter(Boolean);
  const said = lines.find((line) => line.startsWith("E: ")) ?? lines.at(-1);
  return said?.replace(/^E: /, "") ?? otherwise.split("\n")[0] ?? "";
}
