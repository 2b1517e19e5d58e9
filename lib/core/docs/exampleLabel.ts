import { codeBlock } from "./markdown/codeBlock.ts";

/** A label with its value as JSON, to copy into an app's `labels`. */
export function exampleLabel(label: string, value: string): string {
  return codeBlock("json", JSON.stringify({ [label]: value }, null, 2));
}
