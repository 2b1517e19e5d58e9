/** What of a description fits beside a flag in a list of completions: its first sentence, or what of it is before a semicolon. */
export function firstSentence(description: string): string {
  return description.split(/[.;] /)[0]!.replace(/\.$/, "");
}
