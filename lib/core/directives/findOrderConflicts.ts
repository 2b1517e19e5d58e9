import { shortened } from "../problem/shortened.ts";

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
  /** All that decides what it does: the new line, and the ACLs that it names. */
  readonly text: string;
  /** What in other rules depends on it. */
  readonly subject?: RegExp;
}

/** HAProxy 1.x ran the rules of a section kind by kind, whatever their order; today they run as they are written. */
const phases = [/^block$/, /^http-re/, /^(?:req|rsp)(?!add)/, /^(?:req|rsp)add$/];

/**
 * Every rule is compared with every other: the most that their number times the characters of all may be. Labels are
 * not trusted; thousands of rules would keep the program busy for minutes, while a few hundred take milliseconds.
 */
const mostWork = 50_000_000;

/** A directive that is to be written has to be read whole. */
const longestAdvice = 400;

/** Actions after which other rules still run. */
const harmless = /^(?:set|add|del|replace|capture|unset|track|sc)-/;

/**
 * Finds removed directives that would run in another order than they used to, where that can make a difference.
 *
 * @returns by the index of the line: what to write where
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
  const words = new Set(textOf(rule).split(/[\s!]+/));
  return [...words].flatMap((word) => {
    return acls.get(`${section} ${word}`) ?? [];
  });
}

function lengthWithAcls(rule: OrderedRule, acls: Acls): number {
  return namedBy(rule, acls).reduce((sum, { length }) => sum + length, textOf(rule).length);
}

function refuseAll(rules: readonly OrderedRule[]): [index: number, advice: string][] {
  const advice =
    "there are too many rules beside it to tell whether its order counts; write what HAProxy takes today";
  return rules.filter(({ by }) => by !== undefined).map(({ index }) => [index, advice]);
}

function shown(line: string | undefined): string {
  return `\`${shortened(line ?? "", longestAdvice)}\``;
}

const textOf = ({ by, line }: Pick<OrderedRule, "by" | "line">) => by ?? line;
const ruleStart = /^http-(request|response) +(\S+)/;

function phaseOf({ keyword }: OrderedRule): number {
  return phases.findIndex((pattern) => pattern.test(keyword));
}

function isRule(line: OrderedRule): boolean {
  return phaseOf(line) >= 0 && ruleStart.test(textOf(line));
}

function toRule(line: OrderedRule, acls: Acls): Rule {
  const text = textOf(line);
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
