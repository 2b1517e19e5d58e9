import { parseLine } from "../core/directives/line.ts";
import { isBodyName } from "../core/render/bodies.ts";
import { modernise } from "../core/directives/modernise.ts";

/** One line of a configuration that says something. */
export interface Directive {
  /** As HAProxy gets them: without quotes. */
  readonly words: readonly string[];
  /** Conditions of `.if` blocks around it, outermost first. */
  readonly within: readonly string[];
  /** As it stood in the text, where it was rewritten to be compared. */
  readonly original?: string;
}

/** A section of a configuration; sections that HAProxy takes for one are one. */
export interface Section {
  /** Such as `backend`. */
  readonly kind: string;
  /** Empty for sections without one. */
  readonly name: string;
  readonly directives: Directive[];
}

/** What a section is called in a report: `backend web_10000`, `global`. */
export function sectionTitle({ kind, name }: Pick<Section, "kind" | "name">): string {
  return name === "" ? kind : `${kind} ${name}`;
}

/** The section keywords of HAProxy's configuration manual, chapters 2 to 12. */
const sectionKinds = new Set(
  ("global defaults frontend backend listen userlist peers resolvers mailers cache ring program http-errors " +
    "log-forward log-profile fcgi-app crt-store traces").split(" "),
);

/** A configuration as its sections, by title, in their order. */
export interface ParsedConfiguration {
  readonly sections: ReadonlyMap<string, Section>;
  /** Directives that HAProxy removed and that have no exact equivalent: the line to what to write. */
  readonly refused: ReadonlyMap<string, string>;
  /** Why no HAProxy would start with it, where that can be seen at once. */
  readonly problem?: string;
}

/**
 * Reads a configuration. Removed directives are brought to today's first, so that both spellings are the same. Of several
 * `defaults` only the first is a section; proxies that inherit from others have what these say otherwise. Backends that begin
 * from a body have its lines.
 */
export function parseSections(text: string): ParsedConfiguration {
  const { text: modern, replaced, refused } = modernise(text.replaceAll("\r\n", "\n"));
  const originals = new Map(replaced.flatMap(({ line, by }) => by.split("\n").map((part) => [part, line])));
  const sections = new Map<string, Section>();
  const heirs: { section: Section; from: readonly Directive[] }[] = [];
  const bodies = new Map<string, readonly Directive[]>();
  const within: string[] = [];
  let current: Section | undefined;
  let defaults: Directive[] = [];
  let problem: string | undefined;
  for (const line of modern.split("\n")) {
    const words = parseLine(line).words.map((word) => word.text);
    const [keyword = "", name = "", ...more] = words;
    if (keyword === "") continue;
    if (keyword.startsWith(".")) {
      followBlock(within, words);
    } else if (sectionKinds.has(keyword)) {
      const begun = { kind: keyword, name, directives: [] };
      const known = sections.get(sectionTitle(begun));
      current = known && keyword !== "defaults" ? known : begun;
      if (keyword === "defaults" && isBodyName(name)) {
        bodies.set(name, current.directives);
        continue;
      }
      if (!known) sections.set(sectionTitle(begun), begun);
      const body = more[0] === "from" ? bodies.get(more[1] ?? "") : undefined;
      if (body) {
        const inherited = new Set(sections.get("defaults")?.directives.map(({ words }) => words.join(" ")));
        current.directives.push(...body.filter(({ words }) => !inherited.has(words.join(" "))));
        continue;
      }
      if (keyword === "defaults" && name === "") defaults = current.directives;
      if (more.length > 0) current.directives.push({ words: more, within: [] });
      else if (isProxy(keyword)) heirs.push({ section: current, from: defaults });
    } else if (current) {
      current.directives.push({ words, within: [...within], original: originals.get(line.trim()) });
    } else {
      problem ??= `it begins with ${JSON.stringify(line.trim().slice(0, 60))}, which is in no section`;
    }
  }
  const first = sections.get("defaults")?.directives ?? [];
  for (const { section, from } of heirs) {
    section.directives.push(...inheritedDifferences(from, first, section.kind));
  }
  if (sections.size === 0) problem ??= "it has no section";
  return { sections, refused: new Map(refused.map(({ line, advice }) => [line, advice])), problem };
}

function isProxy(kind: string): boolean {
  return kind === "frontend" || kind === "backend" || kind === "listen";
}

/** `.if` and its like (section 2.4 of the manual); `.diag` and `.notice` say nothing to compare. */
function followBlock(within: string[], [keyword, ...rest]: readonly string[]): void {
  const condition = rest.join(" ");
  if (keyword === ".if") within.push(condition);
  else if (keyword === ".elif") within.splice(-1, 1, `else ${condition}`);
  else if (keyword === ".else") within.splice(-1, 1, `not ${within.at(-1) ?? ""}`);
  else if (keyword === ".endif") within.pop();
}

/** Options of `server` and `bind` lines that stand alone (sections 5.1 and 5.2 of the manual); others take a value. */
const alone = new Set(
  ("accept-proxy allow-0rtt defer-accept expose-fd force-sslv3 force-tlsv10 force-tlsv11 force-tlsv12 force-tlsv13 " +
    "generate-certificates no-alpn no-ca-names no-sslv3 no-tls-tickets no-tlsv10 no-tlsv11 no-tlsv12 no-tlsv13 " +
    "prefer-client-ciphers quic-force-retry ssl strict-sni tfo transparent v4v6 v6only agent-check allow-0rtt backup " +
    "check check-send-proxy check-ssl check-via-socks4 disabled enabled no-backup no-check no-check-ssl no-send-proxy " +
    "no-send-proxy-v2 no-send-proxy-v2-ssl no-ssl no-ssl-reuse no-tfo no-verifyhost non-stick send-proxy " +
    "send-proxy-v2 send-proxy-v2-ssl send-proxy-v2-ssl-cn ssl-reuse stick tls-tickets").split(" "),
);

/** The options of a `server` or `bind` line, each with its value, in their order. */
export function readOptions(words: readonly string[]): string[] {
  const options: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const value = alone.has(word) ? undefined : words[at + 1];
    options.push(value === undefined ? word : `${word} ${value}`);
    if (value !== undefined) at++;
  }
  return options;
}

/** A `server` line. */
export interface Server {
  readonly name: string;
  /** Host and port, or a socket. */
  readonly address: string;
  /** In one order, each once; times in one unit. */
  readonly options: readonly string[];
  /** Whether it takes no new requests. */
  readonly disabled: boolean;
}

const times = /^(inter|fastinter|downinter|slowstart|agent-inter) (.*)$/;

export function readServer({ words: [, name = "", address = "", ...words] }: Directive): Server {
  const options = readOptions(words).map((option) =>
    option.replace(times, (_, key, value) => `${key} ${normaliseTime(value)}`)
  );
  return {
    name,
    address,
    options: [...new Set(options)].filter((option) => option !== "disabled").sort(),
    disabled: options.includes("disabled"),
  };
}

/**
 * A `bind` line with its options in one order. Certificates keep their order, because HAProxy presents the first to clients
 * that name no host. Those of the abstract sockets of grouped HTTPS are sorted: the old program gave them no order.
 */
export function normaliseBind([keyword = "", address = "", ...words]: readonly string[]): string {
  const options = readOptions(words);
  const certificates = options.filter((option) => option.startsWith("crt "));
  if (address.startsWith("abns@")) certificates.sort();
  const last = options.filter((option) => option.startsWith("alpn "));
  const others = options.filter((option) => !certificates.includes(option) && !last.includes(option)).sort();
  return [keyword, address, ...others, ...certificates, ...last].join(" ");
}

const units: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A time of a configuration (section 2.5 of the manual) in its largest whole unit. Other words stay unchanged. */
export function normaliseTime(word: string): string {
  const [, digits, unit = "ms"] = /^(\d+)(us|ms|s|m|h|d)?$/.exec(word) ?? [];
  if (digits === undefined) return word;
  const milliseconds = Number(digits) * units[unit]!;
  const largest = Object.entries(units).findLast(([, size]) => milliseconds % size === 0);
  return milliseconds === 0 || !largest ? word : `${milliseconds / largest[1]}${largest[0]}`;
}

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
