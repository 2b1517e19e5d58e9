import { wrapText } from "./wrapText.ts";

/** A list in Markdown, one item for each text. */
export function bulletList(items: readonly string[]): string {
  return items.map((item) => `- ${wrapText(item, 2)}`).join("\n");
}
