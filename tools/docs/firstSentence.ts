/**
 * The part of a description that fits beside a flag in a list of completions: its first sentence, up to a semicolon.
 */
export function firstSentence(description: string): string {
  return description.split(/[.;] /)[0]!.replace(/\.$/, "");
}
