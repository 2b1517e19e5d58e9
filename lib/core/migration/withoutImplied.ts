import type { Section } from "./Section.ts";
import type { Statement } from "./Statement.ts";

/** What a proxy does where nothing else is said, by slot (section 4.2 of the manual). */
const implied: Readonly<Record<string, RegExp>> = {
  balance: /^balance(?: roundrobin)?$/,
  mode: /^mode tcp$/,
};

/** The statements of a proxy without those that say what holds without them, unless `defaults` says something else. */
export function withoutImplied(statements: readonly Statement[], defaults?: Section): Statement[] {
  const said = new Set(defaults?.directives.map(({ words }) => words[0]));
  return statements.filter(({ slot, text }) => !implied[slot]?.test(text) || said.has(slot));
}
