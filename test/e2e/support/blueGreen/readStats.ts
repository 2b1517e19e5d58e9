import assert from "node:assert/strict";

/** One row of HAProxy's statistics, by the names of the columns. */
export type StatsRow = Readonly<Record<string, string>>;

/**
 * Reads `/haproxy?stats;csv` as strictly as deployment tools do, which make fields of the columns: every name is an
 * identifier, none is there twice, and every row has a value for each of them.
 */
export function readStats(csv: string): StatsRow[] {
  const [head = "", ...rows] = csv.trimEnd().split("\n");
  assert.match(head, /^# pxname,svname,/);
  const names = head.slice("# ".length).replace(/,$/, "").split(",");
  for (const name of names) {
    assert.match(name, /^[A-Za-z][A-Za-z0-9_]*$/, `the column ${name} is no identifier`);
  }
  assert.equal(new Set(names).size, names.length, "a column is there twice");
  return rows.map((row) => {
    const values = row.replace(/,$/, "").split(",");
    assert.equal(values.length, names.length, `not a value for each column: ${row}`);
    return Object.fromEntries(names.map((name, index) => [name, values[index]!]));
  });
}
