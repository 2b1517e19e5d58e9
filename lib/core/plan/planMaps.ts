import type { ConfigurationMaps } from "../render/Configuration.ts";

/** What has to happen to one key of a map of the running HAProxy. */
export interface MapChange {
  readonly file: keyof ConfigurationMaps;
  readonly kind: "add" | "set" | "del";
  readonly key: string;
  /** Empty for `del`. */
  readonly value: string;
}

/** What makes the running maps the same as others; undefined where a key stands twice, and its order would count. */
export function planMaps(before: ConfigurationMaps, after: ConfigurationMaps): MapChange[] | undefined {
  const changes: MapChange[] = [];
  for (const file of Object.keys(after) as (keyof ConfigurationMaps)[]) {
    if (before[file] === after[file]) continue;
    const [old, fresh] = [entriesOf(before[file]), entriesOf(after[file])];
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
    const [key = "", value = ""] = line.split(" ");
    return [key, value];
  }));
  return entries.size === lines.length ? entries : undefined;
}
