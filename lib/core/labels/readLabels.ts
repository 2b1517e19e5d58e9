import type { App } from "../marathon/app.ts";
import { quoted } from "../text.ts";
import { type Kind, type LabelKind, labelKinds, type LabelValues } from "./labelKinds.ts";
import { labelTable } from "./labelTable.ts";

/** HAProxy could not use a longer value. Readers may need time in the square of a list's length. */
const longest = 65_536;

/**
 * Reads the labels of the service at `index` by `labelTable`. Empty values count as absent.
 *
 * @throws {RangeError} when a label cannot be read: its name, its value, what was expected, and the part at fault.
 */
export function readServiceLabels(app: App, index: number): ServiceLabels {
  const labels: Record<string, unknown> = {};
  for (const row of rowsWithLabel(app.labels, index, serviceRows)) {
    const name = `HAPROXY_${index}_${row.name}`;
    const raw = app.labels[name]!;
    const kind: Kind<unknown> = labelKinds[row.kind];
    const refuse = (expected: string): never => {
      throw new RangeError(`${name} is ${quoted(shown(row.kind, raw))}; expected ${expected}`);
    };
    if (raw.length > longest) refuse(`at most ${longest} characters`);
    const text = raw.trim();
    // A line break in a value would write configuration of its own.
    if (/\p{Cc}/u.test(text)) refuse("no control characters");
    if (text === "" && !kind.countsWhenEmpty) continue;
    const value = readOrFault(kind, text, name);
    if (value instanceof RangeError) {
      if (value.message.startsWith(name)) throw value;
      refuse(`${kind.rule}: ${value.message}`);
    }
    labels[row.name] = value ?? refuse(kind.rule);
  }
  return labels;
}

const serviceRows = labelTable.filter((row): row is ServiceRow => row.scope === "service");

/**
 * The rows of a table whose label the service at `index` has, in their order. An app has few labels and a table many rows,
 * so that to look for each would be most of the work. An app with more labels than rows does not get more of it.
 */
export function rowsWithLabel<Row extends { readonly name: string }>(
  labels: App["labels"],
  index: number,
  rows: readonly Row[],
): readonly Row[] {
  const prefix = `HAPROXY_${index}_`;
  const names: string[] = [];
  let count = 0;
  for (const label in labels) {
    if (++count > rows.length) return rows.filter(({ name }) => labels[prefix + name] !== undefined);
    if (label.startsWith(prefix)) names.push(label.slice(prefix.length));
  }
  return names.length === 0 ? [] : rows.filter(({ name }) => names.includes(name));
}

/** The value, or the error if it names the invalid part of the text. */
function readOrFault(kind: Kind<unknown>, text: string, name: string): unknown {
  try {
    return kind.read(text, name);
  } catch (error) {
    if (error instanceof RangeError) return error;
    throw error;
  }
}

/** The part of a value that a message may show. The password in a malformed `AUTH` must not get into the log. */
function shown(kind: LabelKind, raw: string): string {
  if (kind !== "auth") return raw;
  const [realm, ...more] = raw.split(":");
  return more.length > 0 ? `${realm}:…` : "…";
}

type ServiceRow = Extract<typeof labelTable[number], { scope: "service" }>;

/** The values of the labels of one service, by the names of `labelTable`; a member is absent when its label is. */
export type ServiceLabels = { readonly [Row in ServiceRow as Row["name"]]?: LabelValues[Row["kind"]] };
