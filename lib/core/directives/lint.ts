import { quoted, shortened } from "../text.ts";
import { type ParsedLine, parseLine, type Word } from "./line.ts";

/** A line that no supported HAProxy accepts. */
export interface RuleMistake {
  readonly line: string;
  /** What was found and what was expected. */
  readonly expected: string;
}

/**
 * Finds mistakes in `http-request`, `http-response` and `http-after-response` lines, because HAProxy stops at the first
 * one and does not check the rest of the file. A line that may be right in any version from 2.6 on is accepted.
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

/** HAProxy recognises actions with parentheses, and `track-sc0`, by how they begin. */
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

/** A line of a section, as far as the order of rules needs it. */
export interface OrderedRule {
  readonly index: number;
  readonly section: number;
  /** Its first word. */
  readonly keyword: string;
  readonly line: string;
  /** What replaces it, where it is a removed directive. */
  readonly by?: string;
}

interface Rule extends OrderedRule {
  readonly direction: string;
  readonly phase: number;
  readonly action: string;
  /** Everything that decides what it does: the new line, and the ACLs that it names. */
  readonly text: string;
  /** Found in other rules that depend on it. */
  readonly subject?: RegExp;
}

/**
 * HAProxy 1.x ran the rules of a section kind by kind, in whatever order they were written. Current versions run them
 * as written.
 */
const phases = [/^block$/, /^http-re/, /^(?:req|rsp)(?!add)/, /^(?:req|rsp)add$/];

/**
 * The limit for the number of rules times their characters, as each rule is compared with every other. Labels are not
 * trusted: thousands of rules would take minutes, a few hundred take milliseconds.
 */
const mostWork = 50_000_000;

/** Advice quotes a directive as a whole, as far as this, so that its reader can copy it. */
const longestAdvice = 400;

/** Actions after which other rules still run. */
const harmless = /^(?:set|add|del|replace|capture|unset|track|sc)-/;

/**
 * Finds removed directives that would now run in another order, where the order can make a difference.
 *
 * @returns for each index of a line, where its directive has to stand
 */
export function findOrderConflicts(lines: readonly OrderedRule[]): ReadonlyMap<number, string> {
  if (lines.every(({ by }) => by === undefined)) return new Map();
  const acls = aclsOf(lines);
  const candidates = lines.filter(isRule);
  const length = candidates.reduce((sum, rule) => sum + lengthWithAcls(rule, acls), 0);
  if (candidates.length * length > mostWork) return new Map(refuseAll(candidates));
  const rules = candidates.map((line) => toRule(line, acls));
  const conflicts = new Map<number, string>();
  for (const [position, later] of rules.entries()) {
    for (const earlier of rules.slice(0, position)) {
      if (earlier.section !== later.section || earlier.direction !== later.direction) continue;
      if (earlier.by === undefined && later.by === undefined) continue;
      if (earlier.action === "allow" && earlier.phase < later.phase) {
        // In 1.x `allow` skipped no rule of another kind.
        conflicts.set(
          later.index,
          `write ${shown(later.by)} before ${shown(earlier.line)}, which ends the rules`,
        );
      } else if (earlier.phase > later.phase && depend(earlier, later)) {
        if (earlier.by === undefined) {
          conflicts.set(
            later.index,
            `write ${shown(later.by)} before ${shown(earlier.line)}: it used to run first`,
          );
        } else {
          const after = later.by ?? later.line;
          conflicts.set(
            earlier.index,
            `write ${shown(earlier.by)} behind ${shown(after)}, which used to run first`,
          );
        }
      }
    }
  }
  return conflicts;
}

interface Acl {
  readonly lines: string[];
  /** The characters of all of them. */
  length: number;
}

type Acls = ReadonlyMap<string, Acl>;

/** The lines of the ACLs by section and name. */
function aclsOf(lines: readonly OrderedRule[]): Acls {
  const acls = new Map<string, Acl>();
  for (const { section, line } of lines) {
    const name = /^acl +(\S+)/.exec(line)?.[1];
    if (name === undefined) continue;
    const key = `${section} ${name}`;
    const acl = acls.get(key) ?? { lines: [], length: 0 };
    acl.lines.push(line);
    acl.length += line.length;
    acls.set(key, acl);
  }
  return acls;
}

/** The ACLs that a rule names. */
function namedBy({ section, ...rule }: OrderedRule, acls: Acls): Acl[] {
  const words = new Set(directiveOf(rule).split(/[\s!]+/));
  return [...words].flatMap((word) => {
    return acls.get(`${section} ${word}`) ?? [];
  });
}

function lengthWithAcls(rule: OrderedRule, acls: Acls): number {
  return namedBy(rule, acls).reduce((sum, { length }) => sum + length, directiveOf(rule).length);
}

function refuseAll(rules: readonly OrderedRule[]): [index: number, advice: string][] {
  const advice = "too many rules stand beside it to find out whether its order counts; write today's syntax";
  return rules.filter(({ by }) => by !== undefined).map(({ index }) => [index, advice]);
}

function shown(line: string | undefined): string {
  return `\`${shortened(line ?? "", longestAdvice)}\``;
}

const directiveOf = ({ by, line }: Pick<OrderedRule, "by" | "line">) => by ?? line;
const ruleStart = /^http-(request|response) +(\S+)/;

function phaseOf({ keyword }: OrderedRule): number {
  return phases.findIndex((pattern) => pattern.test(keyword));
}

function isRule(line: OrderedRule): boolean {
  return phaseOf(line) >= 0 && ruleStart.test(directiveOf(line));
}

function toRule(line: OrderedRule, acls: Acls): Rule {
  const text = directiveOf(line);
  const [, direction = "", action = ""] = ruleStart.exec(text) ?? [];
  return {
    ...line,
    direction,
    phase: phaseOf(line),
    action,
    text: [text, ...namedBy(line, acls).flatMap(({ lines }) => lines)].join("\n"),
    subject: findSubject(text),
  };
}

function findSubject(text: string): RegExp | undefined {
  const [, what, name = ""] = /^\S+ +(?:set|add|del|replace)-(\w+)(?:-fmt)?[ (]+'?([\w.-]*)/.exec(text) ?? [];
  if (what === "header" || what === "value" || what === "var") {
    return new RegExp(`(?<![\\w-])${name.replaceAll(".", "[.]")}(?![\\w-])`, "i");
  }
  if (what !== undefined && /^(?:path|pathq|uri|query)$/.test(what)) return /path|url|uri|base|query/i;
  return undefined;
}

function depend(one: Rule, other: Rule): boolean {
  if (one.by !== undefined && one.action === "deny" && other.by !== undefined && other.action === "deny") {
    return false;
  }
  return one.subject?.test(other.text) || other.subject?.test(one.text) ||
    !(harmless.test(one.action) || harmless.test(other.action));
}

/** What HAProxy 2.6 to 3.5 accept for one action of `http-request`, `http-response` or `http-after-response`. */
export interface RuleAction {
  readonly name: string;
  /** Which of the three accept it. */
  readonly rules: readonly ("http-request" | "http-response" | "http-after-response")[];
  /** The least number of arguments that any version accepts. */
  readonly least: number;
  /** The most; absent if it has options, whose number is unknown. */
  readonly most?: number;
}

const request = ["http-request"] as const;
const response = ["http-response"] as const;
const either = ["http-request", "http-response"] as const;
const late = ["http-response", "http-after-response"] as const;
const all = ["http-request", "http-response", "http-after-response"] as const;

/**
 * Every action of any version, by name. If one is too new, HAProxy reports that. Names that end in `(` have an argument
 * in parentheses; `track-sc` is followed by a digit.
 */
export const ruleActions: readonly RuleAction[] = [
  { name: "add-acl(", rules: either, least: 1, most: 1 },
  { name: "add-header", rules: all, least: 2, most: 2 },
  { name: "add-headers-bin", rules: all, least: 1 },
  { name: "allow", rules: all, least: 0, most: 0 },
  { name: "auth", rules: request, least: 0 },
  { name: "cache-store", rules: response, least: 1, most: 1 },
  { name: "cache-use", rules: request, least: 1 },
  { name: "capture", rules: all, least: 3 },
  { name: "del-acl(", rules: all, least: 1, most: 1 },
  { name: "del-header", rules: all, least: 1 },
  { name: "del-headers-bin", rules: all, least: 1 },
  { name: "del-map(", rules: all, least: 1, most: 1 },
  { name: "deny", rules: either, least: 0 },
  { name: "disable-l7-retry", rules: request, least: 0, most: 0 },
  { name: "do-log", rules: all, least: 0 },
  { name: "do-resolve(", rules: request, least: 1 },
  { name: "early-hint", rules: request, least: 2, most: 2 },
  { name: "lua.", rules: all, least: 0 },
  { name: "normalize-uri", rules: request, least: 1 },
  { name: "ot-group", rules: all, least: 2 },
  { name: "otel-group", rules: all, least: 2 },
  { name: "pause", rules: either, least: 1 },
  { name: "redirect", rules: either, least: 2 },
  { name: "reject", rules: request, least: 0, most: 0 },
  { name: "replace-header", rules: all, least: 3, most: 3 },
  { name: "replace-path", rules: request, least: 2, most: 2 },
  { name: "replace-pathq", rules: request, least: 2, most: 2 },
  { name: "replace-uri", rules: request, least: 2, most: 2 },
  { name: "replace-value", rules: all, least: 3, most: 3 },
  { name: "return", rules: either, least: 0 },
  { name: "sc-add-gpc(", rules: all, least: 1 },
  { name: "sc-inc-gpc(", rules: all, least: 0, most: 0 },
  { name: "sc-inc-gpc0(", rules: all, least: 0, most: 0 },
  { name: "sc-inc-gpc1(", rules: all, least: 0, most: 0 },
  { name: "sc-set-gpt(", rules: all, least: 0 },
  { name: "sc-set-gpt0(", rules: all, least: 0 },
  { name: "send-spoe-group", rules: either, least: 2, most: 2 },
  { name: "set-bandwidth-limit", rules: either, least: 1 },
  { name: "set-bc-mark", rules: request, least: 1 },
  { name: "set-bc-tos", rules: request, least: 1 },
  { name: "set-dst", rules: request, least: 1 },
  { name: "set-dst-port", rules: request, least: 1 },
  { name: "set-fc-mark", rules: either, least: 1 },
  { name: "set-fc-tos", rules: either, least: 1 },
  { name: "set-header", rules: all, least: 2, most: 2 },
  { name: "set-headers-bin", rules: all, least: 1 },
  { name: "set-log-level", rules: all, least: 1, most: 1 },
  { name: "set-map(", rules: all, least: 2, most: 2 },
  { name: "set-mark", rules: either, least: 1 },
  { name: "set-method", rules: request, least: 1, most: 1 },
  { name: "set-nice", rules: either, least: 1, most: 1 },
  { name: "set-path", rules: request, least: 1, most: 1 },
  { name: "set-pathq", rules: request, least: 1, most: 1 },
  { name: "set-priority-class", rules: request, least: 1 },
  { name: "set-priority-offset", rules: request, least: 1 },
  { name: "set-query", rules: request, least: 1, most: 1 },
  { name: "set-retries", rules: request, least: 1 },
  { name: "set-src", rules: request, least: 1 },
  { name: "set-src-port", rules: request, least: 1 },
  { name: "set-status", rules: late, least: 1 },
  { name: "set-timeout", rules: either, least: 2 },
  { name: "set-tos", rules: either, least: 1 },
  { name: "set-uri", rules: request, least: 1, most: 1 },
  { name: "set-var(", rules: all, least: 1 },
  { name: "set-var-fmt(", rules: all, least: 1, most: 1 },
  { name: "silent-drop", rules: either, least: 0 },
  { name: "strict-mode", rules: all, least: 1, most: 1 },
  { name: "tarpit", rules: request, least: 0 },
  { name: "track-sc", rules: either, least: 1 },
  { name: "unset-var(", rules: all, least: 0, most: 0 },
  { name: "use-service", rules: request, least: 1 },
  { name: "wait-for-body", rules: either, least: 2 },
  { name: "wait-for-handshake", rules: request, least: 0, most: 0 },
];
