import {
  type Acls,
  type Atom,
  type Condition,
  conditionText,
  readAtoms,
  readCondition,
  type Term,
} from "../core/directives/conditions.ts";
import { quoteWord } from "../core/directives/line.ts";
import { intendedTable } from "./intendedTable.ts";
import { type Directive, normaliseBind, normaliseTime, type Section, sectionTitle } from "./sections.ts";

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

/** Directives whose order matters: the first match decides, or they run in order (sections 4.2 and 7 of the manual). */
const ordered = new Set(
  ("http-request http-response http-after-response tcp-response http-check tcp-check use_backend use-server redirect " +
    "block stick filter capture rspirep reqirep rspadd reqadd rspidel reqidel reqrep rsprep").split(" "),
);

const subjects = new Set(["option", "timeout", "stats", "errorfile", "tcp-request", "no", "errorloc"]);

export function isOrdered(slot: string): boolean {
  return ordered.has(slot) || slot.startsWith("tcp-request ");
}

/** The statements of a section, without its servers. ACLs are not among them: they show where they are used. */
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

/** What a proxy does where nothing else is said, by slot (section 4.2 of the manual). */
const implied: Readonly<Record<string, RegExp>> = {
  balance: /^balance(?: roundrobin)?$/,
  mode: /^mode tcp$/,
};

/** The statements of a proxy without those that only repeat HAProxy's defaults, unless `defaults` changes these. */
export function withoutImplied(statements: readonly Statement[], defaults?: Section): Statement[] {
  const said = new Set(defaults?.directives.map(({ words }) => words[0]));
  return statements.filter(({ slot, text }) => !implied[slot]?.test(text) || said.has(slot));
}

/** Whether the order of two rules does not matter: they do the same, or no request can match both. */
export function commute(one: Statement, other: Statement): boolean {
  if (one.action === other.action && one.slot !== "http-request") return true;
  return one.condition !== undefined && other.condition !== undefined &&
    exclude(one.condition, other.condition);
}

function exclude(one: Condition, other: Condition): boolean {
  if (one.unless || other.unless) return false;
  return one.anyOf.every((terms) =>
    other.anyOf.every((others) => terms.some((term) => others.some((another) => isDisjoint(term, another))))
  );
}

/** Tests that compare the whole of one text, so that it cannot be two of their values. */
const whole =
  /^(?:path|method|ssl_fc_sni|req\.ssl_sni|(?:req\.)?hdr\(host\)(?:,host_only)?|hdr\(x-marathon-app-id\))(?: -i)?$/;

function isDisjoint(one: Term, other: Term): boolean {
  if (one.negated || other.negated || one.atoms.length === 0 || other.atoms.length === 0) return false;
  const values = new Set(one.atoms.map(({ value }) => value));
  const tests = new Set([...one.atoms, ...other.atoms].map(({ test }) => test));
  const [test = ""] = tests;
  return tests.size === 1 && whole.test(test) &&
    other.atoms.every(({ value }) => !values.has(value));
}

type Pair = [before: number, after: number];

/** A longest list of entries that two lists have in the same order, as pairs of positions. */
export function matchInOrder(before: readonly string[], after: readonly string[]): Pair[] {
  let first = 0;
  const shorter = Math.min(before.length, after.length);
  while (first < shorter && before[first] === after[first]) first++;
  let behind = 0;
  while (behind < shorter - first && before.at(-1 - behind) === after.at(-1 - behind)) behind++;
  const [endBefore, endAfter] = [before.length - behind, after.length - behind];
  const inner = longest(before.slice(first, endBefore), after.slice(first, endAfter));
  return [
    ...Array.from({ length: first }, (_, index): Pair => [index, index]),
    ...inner.map(([one, other]): Pair => [first + one, first + other]),
    ...Array.from({ length: behind }, (_, index): Pair => [endBefore + index, endAfter + index]),
  ];
}

/** Cells of the table of lengths above which each entry is paired with its first equal, if that comes later. */
const maximumCells = 4_000_000;

/** Longest common subsequence. */
function longest(before: readonly string[], after: readonly string[]): Pair[] {
  const [rows, columns] = [before.length, after.length];
  if (rows * columns > maximumCells) return greedy(before, after);
  const lengths = Array.from({ length: rows + 1 }, () => new Uint32Array(columns + 1));
  for (let row = rows - 1; row >= 0; row--) {
    for (let column = columns - 1; column >= 0; column--) {
      lengths[row]![column] = before[row] === after[column]
        ? lengths[row + 1]![column + 1]! + 1
        : Math.max(lengths[row + 1]![column]!, lengths[row]![column + 1]!);
    }
  }
  const pairs: Pair[] = [];
  for (let row = 0, column = 0; row < rows && column < columns;) {
    if (before[row] === after[column]) pairs.push([row++, column++]);
    else if (lengths[row + 1]![column]! >= lengths[row]![column + 1]!) row++;
    else column++;
  }
  return pairs;
}

function greedy(before: readonly string[], after: readonly string[]): Pair[] {
  const places = new Map<string, number>();
  for (const [place, entry] of after.entries()) if (!places.has(entry)) places.set(entry, place);
  const pairs: Pair[] = [];
  let next = 0;
  for (const [index, entry] of before.entries()) {
    const place = places.get(entry);
    if (place === undefined || place < next) continue;
    pairs.push([index, place]);
    next = place + 1;
  }
  return pairs;
}

/**
 * How this program writes a test of the old one today, and the rows of `intendedTable` for it. Undefined where it is
 * unchanged.
 */
export function rewriteAtom(atom: Atom, section: string): { atoms: Atom[]; rows: string[] } | undefined {
  for (const { id, where, tests } of intendedTable) {
    const to = (!where || where.test(section)) ? tests?.[atom.test] : undefined;
    if (to === undefined) continue;
    const rows = new Set([id]);
    const atoms = atom.value.toLowerCase().split(",").map((value) => {
      const wildcard = value.startsWith("*.");
      if (wildcard) rows.add("wildcard");
      return wildcard
        ? { test: to.replace(" -i", " -i -m end"), value: value.slice(1) }
        : { test: to, value };
    });
    return { atoms, rows: [...rows] };
  }
  return undefined;
}

/** The condition as this program writes it today, and the rows of `intendedTable` that say so. */
export function rewriteCondition(condition: Condition, section: string): [Condition, string[]] {
  const rows = new Set<string>();
  const anyOf = condition.anyOf.map((terms) =>
    terms.map((term) => ({
      ...term,
      atoms: term.atoms.flatMap((atom) => {
        const rewritten = rewriteAtom(atom, section);
        if (!rewritten) return [atom];
        for (const row of rewritten.rows) rows.add(row);
        return rewritten.atoms;
      }),
    }))
  );
  return [{ ...condition, anyOf }, [...rows]];
}
