/** Prints rows as a Markdown table whose columns are as wide as they need to be. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const all = [header, header.map(() => "---"), ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  for (const row of all) {
    const cells = row.map((cell, column) =>
      cell === "---" ? "-".repeat(widths[column]!) : cell.padEnd(widths[column]!)
    );
    console.log(`| ${cells.join(" | ")} |`);
  }
}

/** The value at a share (0 to 1) of the values in their order. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

/** Milliseconds, as a reader wants them. */
export function ms(milliseconds: number): string {
  return milliseconds >= 1_000
    ? `${(milliseconds / 1000).toFixed(2)} s`
    : `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
}
