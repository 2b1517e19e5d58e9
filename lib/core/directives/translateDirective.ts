import { type ParsedLine, type Word } from "./parseLine.ts";
import { quoteWord } from "./quoteWord.ts";
import type { Form } from "./RemovedDirective.ts";
import { removedDirectives } from "./removedDirectives.ts";

/** What becomes of a removed directive: the lines that replace it, or what to write instead. */
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

/** Fields that HAProxy writes itself since 2.0, whatever rules say. */
const framing = /^(?:connection|proxy-connection|keep-alive|transfer-encoding|content-length|upgrade)$/i;

/** Puts values into the form they have in the new line; undefined when one would not mean the same there. */
function translateValues(values: Values, groupsCut: number): Values | undefined {
  const { name, pattern, format, value } = values;
  if (name !== undefined && framing.test(name)) return;
  if (pattern !== undefined && !standsAlone(pattern)) return;
  if (format !== undefined && !new RegExp(`^(?:[^\\\\]|\\\\[${groupsCut + 1}-9])*$`).test(format)) return;
  // What was text is a log format today ("Custom log format" in HAProxy's configuration manual).
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
