import type { Difference } from "./Difference.ts";
import { type ComparedSection, Explainer } from "./Explainer.ts";
import { intendedDifference } from "./intendedDifference.ts";
import { matchRules, matchSettings } from "./matchStatements.ts";
import { meaningOf } from "./meaningOf.ts";
import { isOrdered, type Statement } from "./Statement.ts";

type Found = Omit<Difference, "section">;

/** How the statements of one section differ in effect. */
export function compareStatements(
  title: string,
  before: readonly Statement[],
  after: readonly Statement[],
  refused: ReadonlyMap<string, string>,
): Found[] {
  const texts = (statements: readonly Statement[]) => statements.map(({ text }) => text);
  const section = { title, before: texts(before), after: texts(after) };
  const found: Found[] = [];
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
): Found[] {
  const found: Found[] = [];
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
): Found[] {
  const rest = [...added];
  const found = lost.map((statement): Found => {
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
    ...rest.map((statement): Found => ({
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
