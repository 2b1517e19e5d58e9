/** Writes a text as one argument of a configuration line: bare where it is plain, else in quotes. */
export function quoteWord(text: string): string {
  if (/^[\w.,:;%/@=+()-]+$/.test(text)) return text;
  return text.includes("'") ? `"${text.replace(/["\\$]/g, "\\$&")}"` : `'${text}'`;
}
