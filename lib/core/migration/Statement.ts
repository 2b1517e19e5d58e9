import { quoteWord } from "../directives/quoteWord.ts";
import {
  type Acls,
  type Condition,
  conditionText,
  readAtoms,
  readCondition,
  rewriteCondition,
} from "./Condition.ts";
import { normaliseBind } from "./normaliseBind.ts";
import { type Directive, type Section, sectionTitle } from "./Section.ts";
import { normaliseTime } from "./normaliseTime.ts";

/** A directive in one way of writing, whatever names, order and spelling it had. */
export interface Statement {
  /** What it is compared with: statements of the same slot, such as `timeout server` or `http-request`. */
  readonly slot: string;
  /** Its text, with what ACLs test in the place of their names. */
  readonly text: string;
  /** The text with conditions as this program writes them today; the same as `text` where that changes nothing. */
  readonly key: string;
  /** The rows of `intendedTable` that make `key` of `text`. */
  readonly rows: readonly string[];
  /** What stands before the condition. */
  readonly action: string;
  readonly condition?: Condition;
  readonly original?: string;
}

/** Directives of which the first that matches decides, or that are done in their order (sections 4.2 and 7 of the manual). */
const ordered = new Set(
  ("http-request http-response http-after-response tcp-response http-check tcp-check use_backend use-server redirect " +
    "block stick filter capture rspirep reqirep rspadd reqadd rspidel reqidel reqrep rsprep").split(" "),
);

const subjects = new Set(["option", "timeout", "stats", "errorfile", "tcp-request", "no", "errorloc"]);

export function isOrdered(slot: string): boolean {
  return ordered.has(slot) || slot.startsWith("tcp-request ");
}

/** The statements of a section, without its servers. ACLs are not among them: they are told where they are used. */
export function readStatements(section: Section): Statement[] {
  const acls = readAcls(section.directives);
  const title = sectionTitle(section);
  return section.directives.flatMap((directive) => {
    const [keyword = ""] = directive.words;
    if (keyword === "acl" || isServer(directive)) return [];
    return [readStatement(directive, acls, title)];
  });
}

export function isServer({ words }: Directive): boolean {
  return words[0] === "server";
}

function readAcls(directives: readonly Directive[]): Acls {
  const acls = new Map<string, ReturnType<typeof readAtoms>>();
  for (const { words: [keyword, name = "", ...definition] } of directives) {
    if (keyword === "acl") acls.set(name, [...acls.get(name) ?? [], ...readAtoms(definition)]);
  }
  return acls;
}

function readStatement({ words, within, original }: Directive, acls: Acls, title: string): Statement {
  const at = words.findIndex((word, index) => index > 0 && (word === "if" || word === "unless"));
  const action = actionText(at < 0 ? words : words.slice(0, at));
  const block = within.length === 0 ? "" : ` (.if ${within.join(", ")})`;
  const slot = slotOf(words);
  if (at < 0) {
    return { slot, text: action + block, key: action + block, rows: [], action, original };
  }
  const condition = readCondition(words[at]!, words.slice(at + 1), acls);
  const [rewritten, rows] = rewriteCondition(condition, title);
  const text = `${action} ${conditionText(condition)}${block}`;
  const key = `${action} ${conditionText(rewritten)}${block}`;
  return { slot, text, key, rows: key === text ? [] : rows, action, condition: rewritten, original };
}

function actionText(words: readonly string[]): string {
  const [keyword] = words;
  if (keyword === "bind") return normaliseBind(words);
  if (keyword === "timeout") return [...words.slice(0, 2), ...words.slice(2).map(normaliseTime)].join(" ");
  return words.map((word) => /\s/.test(word) ? word.replaceAll(/\s+/g, " ") : word || quoteWord(word))
    .join(" ");
}

function slotOf([keyword = "", second = "", third = ""]: readonly string[]): string {
  if (keyword === "bind") return `bind ${second}`;
  if (keyword === "no") return `${second} ${third}`;
  return subjects.has(keyword) ? `${keyword} ${second}` : keyword;
}
