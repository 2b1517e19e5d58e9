import type { ParsedConfiguration } from "./parseSections.ts";
import type { Section } from "./Section.ts";

/** Frontends that have another name in the new configuration but listen on the same addresses: old title to new. */
export function pairRenamed(
  { sections: before }: ParsedConfiguration,
  { sections: after }: ParsedConfiguration,
): ReadonlyMap<string, string> {
  const byBinds = new Map<string, string>();
  for (const [title, section] of after) {
    const binds = bindsOf(section);
    if (binds !== "" && !before.has(title)) byBinds.set(binds, title);
  }
  const renamed = new Map<string, string>();
  for (const [title, section] of before) {
    const other = after.has(title) ? undefined : byBinds.get(bindsOf(section));
    if (other !== undefined) renamed.set(title, other);
  }
  return renamed;
}

function bindsOf({ kind, directives }: Section): string {
  const addresses = directives.filter(({ words }) => words[0] === "bind").map(({ words }) => words[1] ?? "");
  return addresses.length === 0 ? "" : [kind, ...addresses.sort()].join(" ");
}
