/** What a document of YAML can hold; members that are undefined are left out. */
export type Yaml =
  | string
  | number
  | boolean
  | readonly Yaml[]
  | { readonly [name: string]: Yaml | undefined };

/**
 * A value as one document of YAML 1.2 in block style, with a line break at its end. Every text is in double quotes, so
 * that no reader takes `no` for a boolean or `1e3` for a number. No library: this half of YAML is small, and fixed.
 */
export function yamlText(value: Yaml): string {
  return `${linesOf(value).join("\n")}\n`;
}

function linesOf(value: Yaml): string[] {
  const scalar = scalarOf(value);
  if (scalar !== undefined) return [scalar];
  if (Array.isArray(value)) {
    return value.flatMap((item: Yaml) =>
      linesOf(item).map((line, rank) => rank === 0 ? `- ${line}` : `  ${line}`)
    );
  }
  return Object.entries(value as Readonly<Record<string, Yaml | undefined>>).flatMap(([name, member]) => {
    if (member === undefined) return [];
    const key = keyText(name);
    const inline = scalarOf(member);
    return inline === undefined
      ? [`${key}:`, ...linesOf(member).map((line) => `  ${line}`)]
      : [`${key}: ${inline}`];
  });
}

/** The text of a value that fits on one line; undefined for a list or an object with members. */
function scalarOf(value: Yaml): string | undefined {
  if (typeof value === "string") return quote(value);
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return value.length === 0 ? "[]" : undefined;
  return Object.values(value).every((member) => member === undefined) ? "{}" : undefined;
}

/** The names of members in Kubernetes' own objects need no quotes, others may look like another type. */
function keyText(name: string): string {
  return /^[a-z][A-Za-z]{2,}$/.test(name) && !/^(?:yes|off|true|false|null)$/.test(name) ? name : quote(name);
}

/**
 * A text in double quotes. JSON's escapes are YAML's too (YAML 1.2.2, section 5.7). Characters that YAML does not allow
 * in a document, or reads as line breaks, are escaped beyond what JSON escapes.
 */
function quote(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
