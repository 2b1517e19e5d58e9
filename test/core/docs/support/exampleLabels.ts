import { longhelp } from "../../../../lib/core/docs/reference.ts";
import { jsonBlocks } from "./jsonBlocks.ts";

/** The example labels of the documentation, by name. */
export function exampleLabels(): Map<string, string> {
  const entries = jsonBlocks(longhelp()).filter((block) => block.id === undefined).flatMap(Object.entries);
  return new Map(entries.map(([name, value]) => [name, String(value)]));
}
