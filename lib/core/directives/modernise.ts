import { findOrderConflicts, type OrderedRule } from "./findOrderConflicts.ts";
import { type ParsedLine, parseLine } from "./parseLine.ts";
import { translateDirective, type Translation } from "./translateDirective.ts";

/** A configuration of today, what was replaced in it, and what has no exact equivalent. */
export interface Modernised {
  readonly text: string;
  readonly replaced: readonly { readonly line: string; readonly by: string }[];
  readonly refused: readonly { readonly line: string; readonly advice: string }[];
}

const sectionNames = /^(?:global|defaults|frontend|backend|listen|userlist|peers|resolvers|cache)$/;

/**
 * Replaces the directives of HAProxy 1.x that HAProxy refuses since, where another one does exactly the same. Other
 * lines keep every byte; a refused line stays as it is. Order counts: give it whole sections, not single lines.
 *
 * @param text rendered configuration, any number of lines
 */
export function modernise(text: string): Modernised {
  const lines = text.split("\n");
  const parsed = lines.map(parseLine);
  const translations = parsed.map((line, index) => translateDirective(lines[index]!, line));
  const conflicts = findConflicts(parsed, lines, translations);

  const result: string[] = [];
  const replaced: { line: string; by: string }[] = [];
  const refused: { line: string; advice: string }[] = [];
  for (const [index, line] of lines.entries()) {
    const translation = translations[index];
    const advice = conflicts.get(index) ?? translation?.advice;
    if (!translation || advice !== undefined) {
      if (advice !== undefined) refused.push({ line: line.trim(), advice });
      result.push(line);
      continue;
    }
    const { words } = parsed[index]!;
    const indent = line.slice(0, words[0]!.start);
    const [first, ...more] = translation.by!;
    const comment = line.slice(words.at(-1)!.end);
    replaced.push({ line: line.trim(), by: translation.by!.join("\n") });
    if (first !== undefined) result.push(indent + first + comment, ...more.map((by) => indent + by));
    else if (comment.trim() !== "") result.push(indent + comment.trimStart());
  }
  return { text: result.join("\n"), replaced, refused };
}

function findConflicts(
  parsed: readonly ParsedLine[],
  lines: readonly string[],
  translations: readonly (Translation | undefined)[],
): ReadonlyMap<number, string> {
  let section = 0;
  const rules = parsed.flatMap(({ words }, index): OrderedRule[] => {
    const keyword = words[0]?.text ?? "";
    if (sectionNames.test(keyword)) section++;
    const translation = translations[index];
    if (translation?.advice !== undefined) return [];
    return [{ index, section, keyword, line: lines[index]!.trim(), by: translation?.by?.join("\n") }];
  });
  return findOrderConflicts(rules);
}
