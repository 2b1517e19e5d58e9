import { parseCheckOutput } from "./parseCheckOutput.ts";
import { describeCheckMessage } from "./describeCheckMessage.ts";

/** The alerts in what HAProxy wrote while it loaded, on one line; empty when there are none. */
export function describeAlerts(output: string): string {
  return parseCheckOutput(output)
    .filter(({ severity }) => severity === "alert")
    .map(describeCheckMessage)
    .join("; ");
}
