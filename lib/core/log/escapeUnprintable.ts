/** What would end the line or steer the terminal that shows it: control characters, Unicode's line ends. */
// deno-lint-ignore no-control-regex
const unprintable = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]/g;
const escapes: Record<string, string> = { "\n": "\\n", "\r": "\\r" };

/** The text on one line: control characters, apart from tabs, written as `\n`, `\r` or `\u` and four digits. */
export function escapeUnprintable(text: string): string {
  return text.replace(
    unprintable,
    (character) => escapes[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
