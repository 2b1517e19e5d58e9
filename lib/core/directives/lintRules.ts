import { quoted } from "../problem/quoted.ts";
import { type ParsedLine, parseLine, type Word } from "./parseLine.ts";
import { type RuleAction, ruleActions } from "./ruleActions.ts";

/** A line that no supported HAProxy takes. */
export interface RuleMistake {
  readonly line: string;
  /** What was found and what was expected. */
  readonly expected: string;
}

/**
 * Finds mistakes in `http-request`, `http-response` and `http-after-response` lines: HAProxy stops at the first and
 * says nothing about the rest of the file. What may be right in any version from 2.6 on passes.
 */
export function lintRules(text: string): RuleMistake[] {
  const mistakes: RuleMistake[] = [];
  for (const line of text.split("\n")) {
    const expected = findMistake(parseLine(line));
    if (expected !== undefined) mistakes.push({ line: line.trim(), expected });
  }
  return mistakes;
}

function findMistake({ words, problem }: ParsedLine): string | undefined {
  const rule = words[0]?.text ?? "";
  if (!/^http-(?:request|response|after-response)$/.test(rule)) return;
  if (problem !== undefined) return `${problem}; expected another one at its end, or a backslash before it`;
  // A variable may stand for any number of words.
  if (words.some((word) => word.opaque)) return;
  const name = words[1]?.text;
  if (name === undefined) return `nothing behind ${rule}; expected an action, such as set-header`;
  const known = ruleActions.filter((action) => isCalled(action, name));
  if (known.length === 0) return `${quoted(name)} is no action; expected one such as ${suggest(rule, name)}`;
  const action = known.find(({ rules }) => (rules as readonly string[]).includes(rule));
  if (action === undefined) {
    return `${rule} has no ${name}; expected it behind ${known[0]!.rules.join(" or ")}`;
  }
  return checkArguments(name, action, words.slice(2).map(textOf));
}

const textOf = ({ text }: Word) => text;

/** HAProxy tells actions with parentheses and `track-sc0` by how they begin. */
function isCalled({ name }: RuleAction, word: string): boolean {
  if (name.endsWith("(")) return word.startsWith(name.slice(0, -1));
  return name === "track-sc" || name === "lua." ? word.startsWith(name) : word === name;
}

function suggest(rule: string, word: string): string {
  const names = ruleActions.filter(({ rules }) => (rules as readonly string[]).includes(rule));
  const stem = word.split("-")[0]!;
  const close = names.filter(({ name }) => name.startsWith(`${stem}-`));
  return (close.length > 0 ? close : names).slice(0, 5).map(({ name }) => name.replace("(", "(…)")).join(
    ", ",
  );
}

function checkArguments(name: string, { least, most }: RuleAction, words: string[]): string | undefined {
  const given = words.slice(0, least).findIndex((word) => word === "");
  if (words.length < least || given >= 0) {
    return `${name} has ${given >= 0 ? "an empty argument" : `${words.length} arguments`}; expected ${
      most === undefined ? `at least ${least}` : least
    }`;
  }
  if (most === undefined) {
    const start = words.findIndex((word, index) =>
      isIf(word) && index >= least && !takesValue(words, index - 1)
    );
    return start < 0 ? undefined : checkCondition(words.slice(start + 1));
  }
  const behind = words.slice(most);
  if (behind.length === 0) return;
  if (isIf(behind[0]!)) return checkCondition(behind.slice(1));
  return `${quoted(behind[0])} behind the ${most} arguments of ${name}; expected if or unless, ` +
    "and quotes around an argument that has spaces";
}

const isIf = (word: string) => word === "if" || word === "unless";

const options =
  /^(?:location|prefix|scheme|set-cookie|clear-cookie|string|lf-string|file|lf-file|errorfile|errorfiles|content-type|reason|realm|hdr|-m)$/;

/** Whether the word may be an option whose value comes next. */
function takesValue(words: readonly string[], index: number): boolean {
  return options.test(words[index] ?? "") || words[index - 1] === "hdr";
}

function checkCondition(words: readonly string[]): string | undefined {
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    if (word === "{" || word === "!{") {
      const end = words.indexOf("}", index);
      if (end < 0) return `a "{" without "}"; expected ${quoted("{ … }")} with spaces inside`;
      if (end === index + 1) return 'nothing between "{" and "}"; expected a test, such as { path_beg /x }';
      index = end;
    } else if (/^!?\{/.test(word)) {
      return `${quoted(word)}; expected a space behind "{"`;
    } else if (word === "}") {
      return 'a "}" without "{"; expected { … } with spaces inside';
    }
  }
}
