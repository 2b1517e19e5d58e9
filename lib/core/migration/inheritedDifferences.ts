import type { Directive } from "./Section.ts";

/** What was found for a `defaults` section, which many proxies may inherit from, by the kind of these. */
const known = new WeakMap<readonly Directive[], Map<string, readonly Directive[]>>();

/** What means nothing to a backend (the table of keywords in section 4.1 of the manual). */
const frontendOnly = /^option idle-close-on-response$/;

/**
 * What a proxy inherits otherwise than from the first `defaults` of its file, as directives that say so: `defaults without
 * option x`, `defaults with option y`.
 */
export function inheritedDifferences(
  from: readonly Directive[],
  first: readonly Directive[],
  kind: string,
): readonly Directive[] {
  if (from === first) return [];
  const byKind = known.get(from) ?? new Map<string, readonly Directive[]>();
  known.set(from, byKind);
  let differences = byKind.get(kind);
  if (!differences) {
    const counts = (text: string) => kind !== "backend" || !frontendOnly.test(text);
    const [own, others] = [from, first].map((list) =>
      new Set(list.map(({ words }) => words.join(" ")).filter(counts))
    );
    const say = (word: string, text: string) => ({ words: ["defaults", word, text], within: [] });
    differences = [
      ...[...others!].filter((text) => !own!.has(text)).map((text) => say("without", text)),
      ...[...own!].filter((text) => !others!.has(text)).map((text) => say("with", text)),
    ];
    byKind.set(kind, differences);
  }
  return differences;
}
