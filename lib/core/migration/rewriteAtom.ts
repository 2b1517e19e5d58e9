import type { Atom } from "./Condition.ts";
import { intendedTable } from "./intendedTable.ts";

/** How this program writes a test of the old one today, and the rows of `intendedTable` for it; undefined where as before. */
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
