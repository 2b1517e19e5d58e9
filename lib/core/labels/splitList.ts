/** The entries of a comma list; white space around them and empty entries do not count. */
export function splitList(text: string): string[] {
  return text.split(",").map((entry) => entry.trim()).filter((entry) => entry !== "");
}
