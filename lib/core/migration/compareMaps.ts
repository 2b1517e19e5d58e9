import type { Difference } from "./Difference.ts";

/** Map files by name, as text. */
export type Maps = Readonly<Record<string, string>>;

/** How map files differ; of lines with one key the first counts (section 7.3.1 of the manual, "map"). */
export function compareMaps(before: Maps, after: Maps): Difference[] {
  const files = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return files.flatMap((section) => {
    const [old, fresh] = [readMap(before[section] ?? ""), readMap(after[section] ?? "")];
    return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((key): Difference[] => {
      const [from, to] = [old.get(key), fresh.get(key)];
      if (from === to) return [];
      const kind = from === undefined ? "added" : to === undefined ? "lost" : "changed";
      return [{
        kind,
        section,
        what: key,
        before: from,
        after: to,
        meaning: {
          lost: "The old one serves it, the new one would not.",
          added: "The new one would serve it, the old one does not.",
          changed: "Requests for it go to another backend.",
        }[kind],
        advice: "Check the labels of the app and the flags; if it was just deployed, compare again.",
      }];
    });
  });
}

function readMap(text: string): Map<string, string> {
  const map = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [key = "", ...value] = line.trim().split(/\s+/);
    // Both maps are asked in lower case.
    if (key !== "" && !key.startsWith("#") && !map.has(key.toLowerCase())) {
      map.set(key.toLowerCase(), value.join(" "));
    }
  }
  return map;
}
