import { quoted } from "../text.ts";
import { type ParsedLine, parseLine, quoteWord, type Word } from "./line.ts";
import { findOrderConflicts, type OrderedRule } from "./lint.ts";
import { type Form, removedDirectives } from "./removed.ts";

/** A configuration for current versions, what was replaced in it, and what has no exact equivalent. */
export interface Modernised {
  readonly text: string;
  readonly replaced: readonly { readonly line: string; readonly by: string }[];
  readonly refused: readonly { readonly line: string; readonly advice: string }[];
}

const sectionNames = /^(?:global|defaults|frontend|backend|listen|userlist|peers|resolvers|cache)$/;

/**
 * Replaces directives of HAProxy 1.x that current versions refuse, where another one does exactly the same. Other lines
 * keep every byte; a refused line stays as it is. Order counts, so pass whole sections, not single lines.
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

/** What happens to a removed directive: the lines that replace it, or what to write instead. */
export type Translation =
  | { readonly by: readonly string[]; readonly advice?: undefined }
  | { readonly advice: string; readonly by?: undefined };

type Values = Readonly<Record<string, string | undefined>>;

/** Translates one line; undefined when it holds nothing that was removed. */
export function translateDirective(line: string, { words, problem }: ParsedLine): Translation | undefined {
  // Keywords have up to three words.
  const starts = [1, 2, 3].filter((length) => length <= words.length)
    .map((length) => words.slice(0, length).map((word) => word.text).join(" "));
  for (const { keyword, when, forms = [], advice } of removedDirectives) {
    const start = starts.findIndex((start) => keyword.test(start));
    if (start < 0) continue;
    const match = keyword.exec(starts[start]!)!;
    const rest = words.slice(start + 1);
    if (when && !when.test(` ${rest.map((word) => word.text).join(" ")} `)) continue;
    const known = keywordValues(match);
    if (problem === undefined) {
      for (const form of forms) {
        const by = applyForm(form, line, rest, known);
        if (by) return { by };
      }
    }
    return { advice: advice.replace(/<(\w+)>/g, (_, name) => known[name] ?? "") };
  }
}

function keywordValues({ groups = {} }: RegExpExecArray): Values {
  return {
    ...groups,
    ...(groups.direction && {
      direction: groups.direction === "req" ? "request" : "response",
      fetch: groups.direction === "req" ? "req" : "res",
    }),
    flags: groups.flags ? "(?i)" : "",
  };
}

function applyForm(form: Form, line: string, rest: readonly Word[], known: Values): string[] | undefined {
  if (form.raw) {
    const written = rest.length > 0 ? line.slice(rest[0]!.start, rest.at(-1)!.end) : "";
    const match = form.raw.exec(written);
    return match ? fill(form, { ...known, ...match.groups }, (text) => text) : undefined;
  }
  const patterns = form.words ?? [];
  const condition = rest.slice(patterns.length);
  if (form.condition === (condition.length > 0 ? "refused" : "required")) return;
  if (condition.length > 0 && !/^(?:if|unless)$/.test(condition[0]!.text)) return;
  const values = matchWords(patterns, rest);
  const translated = values && translateValues(values, form.groupsCut ?? 0);
  if (!translated) return;
  const by = fill(form, { ...known, ...translated }, quoteWord);
  if (condition.length > 0) by[by.length - 1] += ` ${line.slice(condition[0]!.start, condition.at(-1)!.end)}`;
  return by;
}

function matchWords(patterns: readonly RegExp[], words: readonly Word[]): Values | undefined {
  const values: Record<string, string | undefined> = {};
  for (const [index, pattern] of patterns.entries()) {
    const word = words[index];
    const match = word === undefined || word.opaque ? null : pattern.exec(word.text);
    if (!match) return;
    for (const [name, value] of Object.entries(match.groups ?? {})) {
      if (values[name] !== undefined && values[name].toLowerCase() !== value?.toLowerCase()) return;
      values[name] = value;
    }
  }
  return values;
}

/** Fields that HAProxy since 2.0 sets itself, whatever rules contain. */
const framing = /^(?:connection|proxy-connection|keep-alive|transfer-encoding|content-length|upgrade)$/i;

/** Converts values to their form in the new line; undefined when one would not mean the same there. */
function translateValues(values: Values, groupsCut: number): Values | undefined {
  const { name, pattern, format, value } = values;
  if (name !== undefined && framing.test(name)) return;
  if (pattern !== undefined && !standsAlone(pattern)) return;
  if (format !== undefined && !new RegExp(`^(?:[^\\\\]|\\\\[${groupsCut + 1}-9])*$`).test(format)) return;
  // A former plain text is now a log format ("Custom log format" in HAProxy's configuration manual).
  const literal = (text?: string) => text?.replaceAll("%", "%%");
  return {
    ...values,
    value: literal(value),
    format: literal(format)?.replace(/\\(\d)/g, (_, group) => `\\${group - groupsCut}`),
  };
}

/** Whether a part of a regular expression keeps its meaning on its own: no open group, no branch, no reference. */
function standsAlone(pattern: string): boolean {
  if (/^[?*+{]/.test(pattern)) return false;
  let depth = 0;
  for (const [token] of pattern.matchAll(/\\.|\[\^?\]?[^\]]*\]|[()|]/gs)) {
    if (/^\\[\dgk]/.test(token)) return false;
    if (token === "(") depth++;
    if (token === ")" && --depth < 0) return false;
    if (token === "|" && depth === 0) return false;
  }
  return depth === 0;
}

function fill(form: Form, values: Values, quote: (text: string) => string): string[] {
  return form.by.map((line) =>
    line.split(" ").map((word) => {
      const filled = word.replace(/<(\w+)>/g, (_, name) => values[name] ?? "");
      return filled === word ? filled : quote(filled);
    }).join(" ")
  );
}

/** A sentence on a line that was replaced; `origin` is the label, variable or file that holds it. */
export function describeReplaced(origin: string, { line, by }: Modernised["replaced"][number]): string {
  const now = by === "" ? "left out" : `written as ${quoted(by)}`;
  return `${origin} has ${quoted(line)}, which HAProxy removed; it is ${now}`;
}

/** The same on a line without an equivalent, with what to write instead. */
export function describeRefused(origin: string, { line, advice }: Modernised["refused"][number]): string {
  return `${origin} has ${quoted(line)}, which HAProxy removed: ${advice}`;
}
