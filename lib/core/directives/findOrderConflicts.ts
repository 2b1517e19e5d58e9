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

/** Actions after which other rules still run. */
const harmless = /^(?:set|add|del|replace|capture|unset|track|sc)-/;

/**
 * Finds removed directives that would run in another order than they used to, where that can make a difference.
 *
 * @returns by the index of the line: what to write where
 */
export function findOrderConflicts(lines: readonly OrderedRule[]): ReadonlyMap<number, string> {
  if (lines.every(({ by }) => by === undefined)) return new Map();
  const rules = lines.flatMap((line) => toRule(line, lines));
  const conflicts = new Map<number, string>();
  for (const [position, later] of rules.entries()) {
    for (const earlier of rules.slice(0, position)) {
      if (earlier.section !== later.section || earlier.direction !== later.direction) continue;
      if (earlier.by === undefined && later.by === undefined) continue;
      if (earlier.action === "allow" && earlier.phase < later.phase) {
        // In 1.x `allow` skipped no rule of another kind.
        conflicts.set(later.index, `write \`${later.by}\` before \`${earlier.line}\`, which ends the rules`);
      } else if (earlier.phase > later.phase && depend(earlier, later)) {
        if (earlier.by === undefined) {
          conflicts.set(
            later.index,
            `write \`${later.by}\` before \`${earlier.line}\`: it used to run first`,
          );
        } else {
          const after = later.by ?? later.line;
          conflicts.set(
            earlier.index,
            `write \`${earlier.by}\` behind \`${after}\`, which used to run first`,
          );
        }
      }
    }
  }
  return conflicts;
}

function toRule(line: OrderedRule, lines: readonly OrderedRule[]): Rule[] {
  const text = line.by ?? line.line;
  const phase = phases.findIndex((pattern) => pattern.test(line.keyword));
  const [, direction, action = ""] = /^http-(request|response) +(\S+)/.exec(text) ?? [];
  if (phase < 0 || direction === undefined) return [];
  const acls = lines.filter(({ section, line: acl }) => {
    const name = /^acl +(\S+)/.exec(acl)?.[1];
    return section === line.section && name !== undefined && text.split(/[\s!]+/).includes(name);
  });
  return [{
    ...line,
    direction,
    phase,
    action,
    text: [text, ...acls.map((acl) => acl.line)].join("\n"),
    subject: findSubject(text),
  }];
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
