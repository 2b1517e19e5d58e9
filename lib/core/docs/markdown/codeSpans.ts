/** Flags, variables, paths, addresses and whatever else is written with signs that prose does not use. */
const codeLike =
  /(^|[\s(])('\*'|--[a-z][a-z-]*|\$[A-Z_]+|https?:\/\/\S*[^\s.,;)]|\/[\w/.-]*\w|[A-Z]+:[A-Z]+|\w*[_{]\S*[^\s.,;)])/g;

/** A text of `--help`, which is plain, with code in it marked as code. */
export function codeSpans(text: string): string {
  return text.replaceAll(
    codeLike,
    (_, before: string, code: string) => `${before}\`${code.replaceAll("'", "")}\``,
  );
}
