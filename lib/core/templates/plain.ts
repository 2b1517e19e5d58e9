/** A compiled template: the object's members are the values it may use, by name. */
export type Template = (values: object) => string;

/** A tag, in words. One of a block that is alone on its line stands for the whole line, as in Handlebars. */
const tag = /^[ \t]*\{\{([#/]\w+(?: \w+)?|else)\}\}[ \t]*(?:\n|(?![^]))|\{\{([#/]?\w+(?: \w+)*)\}\}/gm;

/**
 * Compiles the part of Handlebars' language that the default templates use: names, `if`, `unless`, `else`, and `each`
 * with `this`. A program that makes one configuration would need a sixth of its time to load Handlebars for that.
 *
 * @throws {SyntaxError} for anything else
 */
export function compilePlain(source: string): Template {
  const tokens = tokenize(source);
  const template = parseSequence(tokens);
  expectTag(tokens, undefined);
  return template;
}

/** Text, and the tag behind it; none at the end. */
interface Token {
  readonly text: string;
  readonly tag?: string;
}

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  for (const { 0: whole, 1: block, 2: inline, index } of source.matchAll(tag)) {
    tokens.push({ text: source.slice(position, index), tag: block ?? inline });
    position = index + whole.length;
  }
  tokens.push({ text: source.slice(position) });
  const unread = tokens.find(({ text }) => /\{\{|\{$/.test(text));
  if (unread) throw new SyntaxError(`expected a name or a block in ${JSON.stringify(unread.text)}`);
  return tokens;
}

/** Parses up to the end, or to a tag that divides or ends a block. That tag becomes the first of the tokens. */
function parseSequence(tokens: Token[]): Template {
  const templates: Template[] = [];
  let [texts, names]: [string[], string[]] = [[""], []];
  while (true) {
    const { text, tag } = tokens.shift()!;
    texts[texts.length - 1] += text;
    if (tag !== undefined && /^\w+$/.test(tag) && tag !== "else") {
      names.push(tag);
      texts.push("");
      continue;
    }
    templates.push(flat(texts, names));
    if (!tag?.startsWith("#")) {
      tokens.unshift({ text: "", tag });
      break;
    }
    [texts, names] = [[""], []];
    templates.push(parseBlock(tag, tokens));
  }
  return templates.length === 1 ? templates[0]! : (values) => {
    let text = "";
    for (const template of templates) text += template(values);
    return text;
  };
}

/** Parses a block behind its first tag, to the end of the last. */
function parseBlock(tag: string, tokens: Token[]): Template {
  const [, kind, name = ""] = /^#(if|unless|each) (\w+)$/.exec(tag) ?? [];
  if (kind === undefined) throw new SyntaxError(`unexpected ${tag}`);
  const body = parseSequence(tokens);
  if (kind === "each") {
    expectTag(tokens, "/each");
    return (values) => {
      const list = member(values, name);
      return Array.isArray(list) ? list.map((one) => body({ this: one })).join("") : "";
    };
  }
  const otherwise = parseElse(kind, tokens);
  const [whenTrue, whenFalse] = kind === "if" ? [body, otherwise] : [otherwise, body];
  return (values) => {
    const value = member(values, name);
    return (Array.isArray(value) ? value.length > 0 : value) ? whenTrue(values) : whenFalse(values);
  };
}

/** Parses what a block has behind its body, with its last tag. */
function parseElse(kind: string, tokens: Token[]): Template {
  let otherwise: Template = () => "";
  if (tokens[0]?.tag === "else") {
    tokens.shift();
    otherwise = parseSequence(tokens);
  }
  expectTag(tokens, `/${kind}`);
  return otherwise;
}

function expectTag(tokens: Token[], expected: string | undefined): void {
  const tag = tokens.shift()?.tag;
  if (tag !== expected) throw new SyntaxError(`expected ${expected ?? "the end"}, not ${tag ?? "the end"}`);
}

/** Text with names, as all of most templates is: `texts[0]`, the value of `names[0]`, `texts[1]`, and so on. */
export function flat(texts: readonly string[], names: readonly string[]): Template {
  const [first = ""] = texts;
  if (names.length === 0) return () => first;
  return (values) => {
    let text = first;
    for (let index = 0; index < names.length; index++) {
      text += valueOf(names[index]!, values) + texts[index + 1]!;
    }
    return text;
  };
}

/** @throws {Error} for a name without a value, as Handlebars does in its strict mode */
function valueOf(name: string, values: object): string {
  const value: unknown = (values as Record<string, unknown>)[name];
  if (typeof value === "string") return value;
  // Members of every object, such as `constructor`, are no values of a template.
  if (!Object.hasOwn(values, name)) throw new Error(`"${name}" not defined in ${values}`);
  return value === undefined || value === null ? "" : `${value}`;
}

/** What a block depends on; undefined without such a value, also in Handlebars' strict mode. */
function member(values: object, name: string): unknown {
  return Object.hasOwn(values, name) ? (values as Record<string, unknown>)[name] : undefined;
}
