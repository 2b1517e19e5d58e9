/** Where HAProxy stopped in a configuration it refuses: reading lines, checking sections, or preparing to start. */
export type CheckStage = "parse" | "sections" | "start";

/** Tells the stage from what `haproxy -c` wrote to standard error. */
export function checkStage(output: string): CheckStage {
  if (/Error\(s\) found in configuration file/.test(output)) return "parse";
  return /Fatal errors? found in configuration/.test(output) ? "sections" : "start";
}
