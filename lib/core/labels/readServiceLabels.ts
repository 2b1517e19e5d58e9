import type { App } from "../marathon/App.ts";
import { quoted } from "../problem/quoted.ts";
import { type LabelKind, labelTable } from "./labelTable.ts";
import { parseBoolean } from "./parseBoolean.ts";
import { readsPatternFile } from "./readsPatternFile.ts";
import type { LabelValues, ServiceLabels } from "./ServiceLabels.ts";
import { splitList } from "./splitList.ts";

/** One reader for each kind; undefined says that the text cannot be read. Texts arrive trimmed. */
const readers: { [Kind in LabelKind]: (text: string) => LabelValues[Kind] | undefined } = {
  boolean: parseBoolean,
  text: (text) => text,
  path: (text) => text,
  integer: (text) => /^[+-]?\d{1,9}$/.test(text) ? Number(text) : undefined,
  port: (text) =>
    /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535 ? Number(text) : undefined,
  mode: (text) => (["tcp", "http"] as const).find((mode) => mode === text.toLowerCase()),
  commaList: splitList,
  hosts: (text) => splitList(text.toLowerCase()),
  spaceList: (text) => text.split(/\s+/).filter((entry) => entry !== ""),
  auth(text) {
    const [realm, user, password, ...more] = text.split(":");
    return realm && user && password && more.length === 0 ? { realm, user, password } : undefined;
  },
};

/** Empty texts that say something: an empty group list is one without groups, an empty `ENABLED` is false. */
const meaningfulWhenEmpty = new Set<LabelKind>(["boolean", "commaList"]);

/**
 * Reads the labels of the service at `index` by `labelTable`. Empty values count as absent.
 *
 * @throws {RangeError} when a label cannot be read: its name, its value and what was expected.
 */
export function readServiceLabels(app: App, index: number): ServiceLabels {
  const labels: Record<string, unknown> = {};
  for (const row of labelTable) {
    if (row.scope !== "service") continue;
    const name = `HAPROXY_${index}_${row.name}`;
    const raw = app.labels[name];
    if (raw === undefined) continue;
    const text = raw.trim();
    // A line break in a value would write configuration of its own.
    if (/\p{Cc}/u.test(text)) {
      throw new RangeError(`${name} is ${quoted(shown(row.kind, raw))}; expected no control characters`);
    }
    if (readsPatternFile(text)) {
      throw new RangeError(`${name} is ${quoted(shown(row.kind, raw))}; expected no -f, which reads a file`);
    }
    if (text === "" && !meaningfulWhenEmpty.has(row.kind)) continue;
    const value = readers[row.kind](text);
    if (value === undefined) {
      throw new RangeError(`${name} is ${quoted(shown(row.kind, raw))}; expected ${row.rule}`);
    }
    labels[row.name] = value;
  }
  return labels;
}

/** What a message may show of a value: the password of a malformed `AUTH` is not for the log. */
function shown(kind: LabelKind, raw: string): string {
  if (kind !== "auth") return raw;
  const [realm, ...more] = raw.split(":");
  return more.length > 0 ? `${realm}:…` : "…";
}
