import { rewriteAtom } from "./rewriteAtom.ts";

/** One test of an ACL: `path_beg -i` of `/a`. Values of one ACL are alternatives. */
export interface Atom {
  /** Fetch, converters and flags. */
  readonly test: string;
  readonly value: string;
}

/** An ACL in a condition, by what it tests and not by its name. */
export interface Term {
  readonly negated: boolean;
  /** Any of these; none: a name that is predefined or unknown, in `name`. */
  readonly atoms: readonly Atom[];
  readonly name?: string;
}

/** What stands behind `if` or `unless`: any of the lists, each with all of its terms. */
export interface Condition {
  readonly unless: boolean;
  readonly anyOf: readonly (readonly Term[])[];
}

/** The ACLs of a section by name: lines of one name are alternatives, wherever in the section they stand. */
export type Acls = ReadonlyMap<string, readonly Atom[]>;

/** Old names of sample fetches (section 7.3 of the manual lists them as deprecated), to today's. */
const sameFetch: Readonly<Record<string, string>> = {
  req_ssl_sni: "req.ssl_sni",
  req_ssl_hello_type: "req.ssl_hello_type",
  req_ssl_ver: "req.ssl_ver",
  req_proto_http: "req.proto_http",
  req_len: "req.len",
};

/** The tests of an ACL's definition: the words behind its name, or those between braces. */
export function readAtoms([fetch = "", ...words]: readonly string[]): Atom[] {
  let rest = [...words];
  const flags: string[] = [];
  const files: string[] = [];
  while (rest[0]?.startsWith("-") && rest[0].length > 1) {
    const flag = rest.shift()!;
    if (flag === "--") break;
    if (flag === "-f") files.push(`-f ${rest.shift()}`);
    else flags.push(flag === "-m" ? `-m ${rest.shift()}` : flag);
  }
  if (/^(?:eq|ge|gt|le|lt)$/.test(rest[0] ?? "")) {
    const [operator, ...operands] = rest;
    rest = operands.map((operand) => `${operator} ${operand}`);
  }
  const test = [sameFetch[fetch] ?? fetch, ...flags.sort()].join(" ");
  const ignoreCase = flags.includes("-i");
  const values = [...files, ...rest.map((value) => ignoreCase ? value.toLowerCase() : value)];
  return (values.length === 0 ? [""] : values).map((value) => ({ test, value }));
}

/** Reads the words behind `if` or `unless`. */
export function readCondition(keyword: string, words: readonly string[], acls: Acls): Condition {
  const anyOf: Term[][] = [[]];
  let negated = false;
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    while (word.startsWith("!")) {
      negated = !negated;
      word = word.slice(1);
    }
    if (word === "") continue;
    if (word === "or" || word === "||") {
      anyOf.push([]);
      continue;
    }
    let term: Term = { negated, atoms: acls.get(word) ?? [], name: acls.has(word) ? undefined : word };
    if (word === "{") {
      const end = rest.indexOf("}");
      const inside = rest.splice(0, end < 0 ? rest.length : end + 1);
      term = { negated, atoms: readAtoms(end < 0 ? inside : inside.slice(0, -1)) };
    }
    anyOf.at(-1)!.push(term);
    negated = false;
  }
  return { unless: keyword === "unless", anyOf };
}

/** The same text for all conditions that are the same but for names, order and repetition. */
export function conditionText({ unless, anyOf }: Condition): string {
  const lists = sorted(anyOf.map((terms) => sorted(terms.map(termText)).join(" ")));
  return `${unless ? "unless" : "if"} ${lists.join(" or ")}`;
}

function termText({ negated, atoms, name }: Term): string {
  if (name !== undefined) return `${negated ? "!" : ""}${name}`;
  const tests = new Map<string, string[]>();
  for (const { test, value } of atoms) tests.set(test, [...tests.get(test) ?? [], value]);
  const texts = [...tests].map(([test, values]) => [test, ...sorted(values)].join(" ").trim());
  return `${negated ? "!" : ""}{ ${sorted(texts).join(" | ")} }`;
}

/** The condition as this program writes it today, and the rows of `intendedTable` that say so. */
export function rewriteCondition(condition: Condition, section: string): [Condition, string[]] {
  const rows = new Set<string>();
  const anyOf = condition.anyOf.map((terms) =>
    terms.map((term) => ({
      ...term,
      atoms: term.atoms.flatMap((atom) => {
        const rewritten = rewriteAtom(atom, section);
        if (!rewritten) return [atom];
        for (const row of rewritten.rows) rows.add(row);
        return rewritten.atoms;
      }),
    }))
  );
  return [{ ...condition, anyOf }, [...rows]];
}

function sorted(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}
