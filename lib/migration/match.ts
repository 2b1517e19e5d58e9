import { type IntendedChange, intendedTable } from "./intendedTable.ts";
import type { Difference, SectionDifference } from "./report.ts";
import { commute, isOrdered, matchInOrder, type Statement } from "./statements.ts";

/** The section that is compared: its title, and the texts of its statements on both sides. */
export interface ComparedSection {
  readonly title: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** A statement in the place of another, and the rows of `intendedTable` that say why. */
export interface Explained {
  readonly other: Statement;
  readonly rows: readonly string[];
}

/** Finds, among the remaining statements of the new configuration, the one that replaces an old one. */
export class Explainer {
  readonly #rows: readonly IntendedChange[];
  readonly #masked: readonly IntendedChange[];
  /** By the property that a replacement has to share with the old statement: a section may have thousands. */
  readonly #places = new Map<string, Set<Statement>>();
  readonly #left: Set<Statement>;

  constructor(section: ComparedSection, left: readonly Statement[]) {
    this.#rows = rowsFor(section);
    this.#masked = this.#rows.filter(({ masks }) => masks);
    this.#left = new Set(left);
    for (const statement of left) {
      for (const { place } of this.#placesOf("after", statement.text)) {
        this.#places.set(place, (this.#places.get(place) ?? new Set()).add(statement));
      }
    }
  }

  /** What no statement was found for, in its order. */
  get left(): Statement[] {
    return [...this.#left];
  }

  /** Takes the statement that stands in the place of this one; undefined where there is none. */
  take(before: Statement): Explained | undefined {
    for (const { place, row } of this.#placesOf("before", before.key)) {
      const [other] = this.#places.get(place) ?? [];
      if (!other) continue;
      this.#left.delete(other);
      for (const { place } of this.#placesOf("after", other.text)) this.#places.get(place)?.delete(other);
      const rows = row === undefined ? this.#neededMasks(before.key, other.text) : [row];
      return { other, rows: [...before.rows, ...rows] };
    }
    return undefined;
  }

  /** The row by which a statement may be on one side only. */
  alone(side: "lost" | "added", { text }: Pick<Statement, "text">): string | undefined {
    return this.#rows.find((row) => row[side]?.test(text))?.id;
  }

  /** By what rows a text may be one of a pair; without a row by masks. */
  #placesOf(side: "before" | "after", text: string): { place: string; row?: string }[] {
    const paired = this.#rows.flatMap(({ id, pairs = [] }) =>
      pairs.flatMap(([before, after], at) => {
        const match = (side === "before" ? before : after).exec(text);
        const groups = Object.entries(match?.groups ?? {}).map(([name, held = ""]) => [name, held]).sort();
        return match ? [{ place: JSON.stringify([id, at, groups]), row: id }] : [];
      })
    );
    return [...paired, { place: masked(this.#masked, side, text) }];
  }

  #neededMasks(before: string, after: string): string[] {
    const needed = this.#masked.filter((row) => {
      const others = this.#masked.filter((other) => other !== row);
      return masked(others, "before", before) !== masked(others, "after", after);
    });
    return needed.map(({ id }) => id);
  }
}

function rowsFor({ title, before, after }: ComparedSection): IntendedChange[] {
  const has = (lines: readonly string[], pattern?: RegExp) =>
    !pattern || lines.some((line) => pattern.test(line));
  return intendedTable.filter(({ where, given, absent }) =>
    (!where || where.test(title)) && !(absent && has(after, absent)) && has(before, given?.before) &&
    has(after, given?.after)
  );
}

function masked(rows: readonly IntendedChange[], side: "before" | "after", text: string): string {
  return rows.reduce((result, { masks }) => {
    const mask = masks?.[side];
    return mask ? result.replace(mask[0], mask[1]) : result;
  }, text);
}

/** Statements that have none on the other side that says the same. */
export interface Unmatched {
  readonly before: readonly Statement[];
  readonly after: readonly Statement[];
}

/** Finds the same rule for each rule. Notes rewritten rules, and rules that moved although their order matters. */
export function matchRules(
  before: readonly Statement[],
  after: readonly Statement[],
  found: SectionDifference[],
): Unmatched {
  const pairs = matchInOrder(before.map(({ key }) => key), after.map(({ text }) => text));
  const places = new Map(pairs);
  const taken = new Set(pairs.map(([, place]) => place));
  const left = { before: [] as Statement[], after: [] as Statement[] };
  for (const [index, statement] of before.entries()) {
    const place = places.get(index);
    if (place !== undefined) {
      noteMatch(statement, after[place]!, found);
      continue;
    }
    const moved = after.findIndex((other, at) => !taken.has(at) && other.text === statement.key);
    if (moved < 0) {
      left.before.push(statement);
      continue;
    }
    taken.add(moved);
    noteMove(statement, index, before, moved, after, found);
  }
  left.after.push(...after.filter((_, at) => !taken.has(at)));
  return left;
}

/** A rule that stands elsewhere matters where it has passed one that may match the same request. */
function noteMove(
  statement: Statement,
  index: number,
  before: readonly Statement[],
  place: number,
  after: readonly Statement[],
  found: SectionDifference[],
): void {
  const behind = new Set(before.slice(index + 1).map(({ key }) => key));
  const ahead = new Set(before.slice(0, index).map(({ key }) => key));
  const passed = [
    ...after.slice(0, place).filter(({ text }) => behind.has(text)),
    ...after.slice(place + 1).filter(({ text }) => ahead.has(text)),
  ].find((other) => other.text !== statement.key && !commute(after[place]!, other));
  noteMatch(statement, after[place]!, found);
  if (!passed) return;
  found.push({
    kind: "changed",
    what: `${statement.slot}, its order`,
    before: `rule ${index + 1}: ${statement.text}`,
    after: `rule ${place + 1}, on the other side of: ${passed.text}`,
    meaning: "The first rule decides, so a request that both match gets another result.",
    advice: "Check HAPROXY_{n}_BACKEND_WEIGHT and the order that the two rules should have.",
  });
}

/** Finds for each setting the one that is the same, wherever it stands. */
export function matchSettings(
  before: readonly Statement[],
  after: readonly Statement[],
  found: SectionDifference[],
): Unmatched {
  const rest = [...after];
  const left = before.filter((statement) => {
    const place = rest.findIndex(({ text }) => text === statement.key);
    if (place < 0) return true;
    noteMatch(statement, rest[place]!, found);
    rest.splice(place, 1);
    return false;
  });
  return { before: left, after: rest };
}

function noteMatch(before: Statement, after: Statement, found: SectionDifference[]): void {
  const rows = before.original === undefined ? before.rows : [...before.rows, "removed"];
  if (rows.length > 0) found.push(intendedDifference(rows, before, after));
}

/** How the statements of one section differ in effect. */
export function compareStatements(
  title: string,
  before: readonly Statement[],
  after: readonly Statement[],
  refused: ReadonlyMap<string, string>,
): SectionDifference[] {
  const texts = (statements: readonly Statement[]) => statements.map(({ text }) => text);
  const section = { title, before: texts(before), after: texts(after) };
  const found: SectionDifference[] = [];
  const left: { before: Statement[]; after: Statement[] } = { before: [], after: [] };
  for (const slot of new Set([...before, ...after].map((statement) => statement.slot))) {
    const [old, fresh] = [before, after].map((list) => list.filter((statement) => statement.slot === slot));
    const rest = isOrdered(slot) ? matchRules(old!, fresh!, found) : matchSettings(old!, fresh!, found);
    left.before.push(...rest.before);
    left.after.push(...rest.after);
  }
  return [...found, ...compareLeft(section, left.before, left.after, refused)];
}

function compareLeft(
  section: ComparedSection,
  before: readonly Statement[],
  after: readonly Statement[],
  refused: ReadonlyMap<string, string>,
): SectionDifference[] {
  const found: SectionDifference[] = [];
  const explainer = new Explainer(section, after);
  const lost = before.filter((statement) => {
    const explained = explainer.take(statement);
    if (explained) {
      const { rows, other } = explained;
      const written = statement.original === undefined ? rows : [...rows, "removed"];
      found.push(intendedDifference(written, statement, other));
      return false;
    }
    const row = explainer.alone("lost", statement);
    if (row !== undefined) found.push(intendedDifference([row], statement));
    return row === undefined;
  });
  const added = explainer.left.filter((statement) => {
    const row = explainer.alone("added", statement);
    if (row !== undefined) found.push(intendedDifference([row], undefined, statement));
    return row === undefined;
  });
  return [...found, ...differing(lost, added, refused)];
}

/** What nothing explains. One statement of a slot in the place of another is one difference. */
function differing(
  lost: readonly Statement[],
  added: readonly Statement[],
  refused: ReadonlyMap<string, string>,
): SectionDifference[] {
  const rest = [...added];
  const found = lost.map((statement): SectionDifference => {
    const { slot } = statement;
    const at = rest.findIndex((other) =>
      other.slot === slot && (!isOrdered(slot) || other.action === statement.action)
    );
    const [other] = at < 0 ? [] : rest.splice(at, 1);
    const kind = other ? "changed" : "lost";
    const advice = [...refused].find(([line]) => sameWords(line, statement.text))?.[1];
    return {
      kind,
      what: slot,
      before: statement.original ?? statement.text,
      after: other?.text,
      ...meaningOf(kind, statement),
      ...(advice === undefined ? {} : { advice }),
    };
  });
  return [
    ...found,
    ...rest.map((statement): SectionDifference => ({
      kind: "added",
      what: statement.slot,
      after: statement.text,
      ...meaningOf("added", statement),
    })),
  ];
}

function sameWords(line: string, text: string): boolean {
  return line.replaceAll(/["'\\\s]/g, "") === text.replaceAll(/["'\\\s]/g, "");
}

interface Meaning {
  readonly meaning: string;
  readonly advice: string;
}

type Kind = "lost" | "changed" | "added";

const templates = "Use the templates of the old one: its files (--templates-dir), environment and labels.";
const flags = "Use the flags and the environment of the old one.";

/** What statements are for, by slot, and what makes one differ. */
const meanings: readonly (readonly [slot: RegExp, about: string, advice: string])[] = [
  [
    /^use_backend$/,
    "which backend requests go to",
    `${flags} If they are the same, check the labels of the app (VHOST, PATH, BACKEND_WEIGHT).`,
  ],
  [
    /^(?:http-request|tcp-request.*|block|http-response|http-after-response|tcp-response)$/,
    "what happens to requests and responses, and which clients are allowed",
    templates,
  ],
  [/^redirect$/, "which requests are redirected", templates],
  [/^(?:timeout|retries|maxconn|backlog)/, "time limits, retries and limits of connections", templates],
  [
    /^bind/,
    "the addresses and options of the listener",
    `${flags} The labels BIND_ADDR, BIND_OPTIONS and SSL_CERT count too.`,
  ],
  [/^(?:balance|hash-type|cookie|stick)/, "which server a request goes to", templates],
  [/^(?:option httpchk|http-check|tcp-check)/, "how servers are checked", templates],
  [
    /^mode$/,
    "whether it is HTTP or TCP",
    "Check the label HAPROXY_{n}_MODE and the health checks of the app.",
  ],
  [/^user$/, "which users may log in", "Check the label HAPROXY_{n}_AUTH."],
  [/^name$/, "its name in statistics and dashboards", "Update dashboards that use this name."],
];

/** What a difference in one statement means, and what to do about it. */
export function meaningOf(kind: Kind, { slot, text }: Pick<Statement, "slot" | "text">): Meaning {
  const [, about = "a setting", advice = templates] = meanings.find(([pattern]) => pattern.test(slot)) ?? [];
  const how = {
    lost: "Only the old one has it",
    changed: "Its value differs",
    added: "Only the new one has it",
  };
  const ofMap = slot === "use_backend" && text.includes(",map(");
  return {
    meaning: `${how[kind]}; it concerns ${about}.`,
    advice: ofMap
      ? "Set --haproxy-map if the old one has it, else omit it. If that is the case, no vhost is left to look up."
      : advice,
  };
}

/** A difference that rows of `intendedTable` explain. */
export function intendedDifference(
  rows: readonly string[],
  before?: Statement,
  after?: Statement,
): Omit<Difference, "section"> {
  return {
    kind: "intended",
    what: (before ?? after)!.slot,
    before: before?.original ?? before?.text,
    after: after?.text,
    meaning: "",
    intended: [...new Set(rows)],
  };
}
