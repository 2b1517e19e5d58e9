/** One test of an ACL: `path_beg -i` of `/a`. Values of one ACL are alternatives. */
export interface Atom {
  /** Fetch, converters and flags. */
  readonly test: string;
  readonly value: string;
}

/** An ACL in a condition, by its tests rather than its name. */
export interface Term {
  readonly negated: boolean;
  /** Any of these has to match. Empty for a predefined or unknown name, which is in `name`. */
  readonly atoms: readonly Atom[];
  readonly name?: string;
}

/** A condition behind `if` or `unless`: any of the lists has to match, with all of its terms. */
export interface Condition {
  readonly unless: boolean;
  readonly anyOf: readonly (readonly Term[])[];
}

/** The ACLs of a section by name: lines of one name are alternatives, wherever in the section they stand. */
export type Acls = ReadonlyMap<string, readonly Atom[]>;

/** Deprecated names of sample fetches (configuration manual, section 7.3), mapped to the current ones. */
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

/** A text that is equal for conditions that differ only in names, order and repetition. */
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

function sorted(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}
