/** A text as part of a name in the configuration: every character outside `[a-zA-Z0-9-]` becomes `_`. */
export function cleanName(text: string): string {
  return text.replace(/[^a-zA-Z0-9-]/g, "_");
}
