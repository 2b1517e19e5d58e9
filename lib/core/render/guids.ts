import { createHash } from "node:crypto";
import { sectionOf } from "../templates/ownSections.ts";

/** What begins the guid of each kind of section: a frontend and a backend may have one name. */
const kinds: ReadonlyMap<string, string> = new Map([
  ["frontend", "f"],
  ["backend", "b"],
  ["listen", "p"],
]);

/** HAProxy refuses a longer one (configuration manual, section 4.2, "guid"). */
const longest = 127;
/** What HAProxy appends to a `guid-prefix`, for each address of the line. */
const room = 8;

/**
 * Gives each frontend, backend, bind and server a guid, by which HAProxy finds its counters again after a reload. A guid follows
 * from the names in the configuration alone, so that it stays the same as long as they do. A line that cannot be continued,
 * because of a comment for example, gets none, and its counters start over.
 *
 * @param text whole sections, which may have guids of the operator's
 */
export function withGuids(text: string): string {
  const lines = text.split("\n");
  const result: string[] = [];
  let section: { readonly kind: string; readonly name: string } | undefined;
  let binds = 0;
  for (const [index, line] of lines.entries()) {
    const begun = sectionOf(line);
    if (begun) {
      const kind = kinds.get(begun.keyword);
      section = kind !== undefined && isName(begun.name) ? { kind, name: begun.name } : undefined;
      binds = 0;
      result.push(line);
      if (section && !hasOwn(lines, index + 1)) result.push(`  guid ${guid(section.kind, section.name)}`);
      continue;
    }
    const [, word, first = ""] = section ? /^\s+(bind|server)\s+(\S+)/.exec(line) ?? [] : [];
    if (!section || word === undefined || /#|\\$|\sguid(?:-prefix)?\s/.test(line)) result.push(line);
    else if (word === "bind") {
      const more = ++binds > 1 ? [`${binds}`] : [];
      result.push(`${line.trimEnd()} guid-prefix ${guid("l", section.name, ...more)}`);
    } else if (isName(first)) {
      result.push(`${line.trimEnd()} guid ${guid("s", section.name, first)}`);
    } else result.push(line);
  }
  return result.join("\n");
}

/** Whether the section whose lines begin there has a guid already. */
function hasOwn(lines: readonly string[], begin: number): boolean {
  for (const line of lines.slice(begin)) {
    if (sectionOf(line)) return false;
    if (/^\s+guid\s/.test(line)) return true;
  }
  return false;
}

/** Whether a name is one for HAProxy as it stands there, without quotes and variables. */
function isName(text: string): boolean {
  return /^[\w.:-]+$/.test(text);
}

/** A hash stands for names that are too long, or have the colon that separates them. */
function guid(kind: string, ...names: readonly string[]): string {
  const text = `${kind}:${names.join(":")}`;
  const isPlain = text.length <= longest - room && !names.some((name) => name.includes(":"));
  return isPlain ? text : `${kind}:${createHash("sha256").update(names.join(" ")).digest("hex")}`;
}
