/** A line of a configuration with the passwords in it replaced: of userlists, the statistics and Authorization headers. */
export function hidePasswords(text: string): string {
  return text
    .replace(/^(user \S+ .*?\b(?:insecure-)?password) \S+/, "$1 ***")
    .replace(/^(stats auth [^:\s]*):\S+/, "$1:***")
    .replace(/\b(Basic|Bearer) \S+/g, "$1 ***");
}
