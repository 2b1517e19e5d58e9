import type { CheckMessage } from "../../core/haproxy/parseCheckOutput.ts";

/** How many of HAProxy's complaints a line of the log holds. */
const shown = 5;

/** The error that says what HAProxy has against a configuration. */
export function refusal(messages: readonly CheckMessage[], what: string): Error {
  const alerts = messages.filter(({ severity }) => severity === "alert").map(({ line, message }) =>
    line === undefined ? message : `line ${line}: ${message}`
  );
  return new Error(`HAProxy refuses ${what}, the running one stays: ${alerts.slice(0, shown).join("; ")}`);
}
