import { type IntendedChange, intendedTable } from "./intendedTable.ts";
import type { Statement } from "./Statement.ts";

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

/** Finds, of the statements of the new configuration that are left, the one that stands in the place of an old one. */
export class Explainer {
  readonly #rows: readonly IntendedChange[];
  readonly #masked: readonly IntendedChange[];
  /** By what a statement has to be to be in the place of one: a section may have thousands. */
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
