import { type ConfigurationMaps, mapFiles } from "../render/configuration.ts";

/** What has to happen to one key of a map of the running HAProxy. */
export interface MapChange {
  readonly file: keyof ConfigurationMaps;
  readonly kind: "add" | "set" | "del";
  readonly key: string;
  /** Empty for `del`. */
  readonly value: string;
}

/** The changes that turn the running maps into others; undefined if a key occurs twice, as its order would count. */
export function planMaps(before: ConfigurationMaps, after: ConfigurationMaps): MapChange[] | undefined {
  const changes: MapChange[] = [];
  for (const file of mapFiles) {
    const [earlier, later] = [before[file] ?? "", after[file] ?? ""];
    if (earlier === later) continue;
    const [old, fresh] = [entriesOf(earlier), entriesOf(later)];
    if (!old || !fresh) return undefined;
    for (const [key, value] of fresh) {
      const earlier = old.get(key);
      if (earlier === undefined) changes.push({ file, kind: "add", key, value });
      else if (earlier !== value) changes.push({ file, kind: "set", key, value });
    }
    for (const key of old.keys()) if (!fresh.has(key)) changes.push({ file, kind: "del", key, value: "" });
  }
  return changes;
}

function entriesOf(map: string): Map<string, string> | undefined {
  const lines = map.split("\n").filter((line) => line !== "");
  const entries = new Map(lines.map((line): [string, string] => {
    // All that follows the key is its value, including spaces.
    const [, key = "", value = ""] = /^(\S*)\s*(.*)$/.exec(line)!;
    return [key, value];
  }));
  return entries.size === lines.length ? entries : undefined;
}

/**
 * Whether the answer to `get map FILE KEY` shows the result of a change of that key. A mismatch may come from a match
 * method that finds other keys (`map_reg` in an override): then the whole map has to be compared.
 */
export function isMapAsChanged(answer: string, { kind, key, value }: MapChange): boolean {
  const found = answer.split("\n").filter((line) => / found=/.test(line));
  if (found.length === 0) return false;
  const expected = kind === "del" ? " found=no" : ` key="${key}", value="${value}"`;
  return found.every((line) => line.includes(expected));
}

/**
 * The difference between a running map and the file, after changes to it; undefined if there is none.
 *
 * @param answer to `show map FILE`: a line for each entry, with a number of HAProxy's before the key
 * @param changes of this map
 */
export function findMapDisagreement(answer: string, changes: readonly MapChange[]): string | undefined {
  const entries = new Map<string, string[]>();
  for (const line of answer.split("\n")) {
    const [, key, value = ""] = /^0x[0-9a-f]+ (\S+) ?(.*)$/.exec(line) ?? [];
    if (key !== undefined) entries.set(key, [...entries.get(key) ?? [], value]);
  }
  for (const { file, kind, key, value } of changes) {
    const values = entries.get(key) ?? [];
    const expected = kind === "del" ? [] : [value];
    if (values.join("\n") !== expected.join("\n")) {
      const say = (list: readonly string[]) => list.length === 0 ? "nothing" : list.join(" and ");
      return `${file} leads ${key} to ${say(values)} instead of ${say(expected)}`;
    }
  }
  return undefined;
}
