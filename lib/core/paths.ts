import { quoted } from "./text.ts";

/**
 * The characters of a path (RFC 3986, section 3.3) without those that have a meaning to HAProxy: quotes, `$`, and all
 * that is no `pchar`. So no path can end a word, a quote, a condition or a line of the configuration (configuration
 * manual, section 2.2).
 */
const pathCharacters = /^[A-Za-z0-9._~!&()*+,;=:@%/-]+$/;
const locationCharacters = /^[A-Za-z0-9._~!&()*+,;=:@%/?-]+$/;
const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:/;
const webOrigin = /^https?:\/\/[A-Za-z0-9._-]+(?::\d{1,5})?(?:[/?]|$)/i;
const targetCharacters = /^[A-Za-z0-9._~!&()*+,;=:@%/?[\]{}|-]*$/;
const strayPercent = /%(?![0-9A-Fa-f]{2})/;

/** A path, with or without a slash before it; undefined for anything else. */
export function readPath(text: string): string | undefined {
  return pathCharacters.test(text) && !strayPercent.test(text) ? text : undefined;
}

/** A path with a query, or a URL of HTTP or HTTPS with one; undefined for anything else. */
export function readLocation(text: string): string | undefined {
  if (!locationCharacters.test(text) || strayPercent.test(text)) return undefined;
  return scheme.test(text) && !webOrigin.test(text) ? undefined : text;
}

/**
 * Prefixes of paths as HAProxy's `path_beg` reads them, with one blank between them, and after `-i` if case does not
 * count. Other flags are refused: `-f` reads a file, and `-m` turns them into patterns (configuration manual, section
 * 7.1).
 *
 * @throws {RangeError} that names a prefix which is no path
 */
export function readPrefixes(text: string): string | undefined {
  const [first, ...more] = text.split(/\s+/);
  const prefixes = first === "-i" ? more : [first!, ...more];
  for (const prefix of prefixes) {
    if (prefix.startsWith("-") || readPath(prefix) === undefined) {
      throw new RangeError(`${quoted(prefix)} is no path`);
    }
  }
  if (prefixes.length === 0) return undefined;
  return [first, ...more].join(" ");
}

/** Whether `text` can be the target of an HTTP health check: a path with a query, or nothing. */
export function isCheckPath(text: string): boolean {
  return targetCharacters.test(text) && !strayPercent.test(text);
}

/**
 * The path of a file; undefined for anything else. Files of the kernel are refused, as they may be endless or block.
 * The targets of symbolic links are not checked here. `@` would name a store of HAProxy.
 */
export function readFile(text: string): string | undefined {
  if (!/^[A-Za-z0-9._/~+][A-Za-z0-9._/~+=@:%-]*$/.test(text)) return undefined;
  const parts = text.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..") || parts.length === 0) return undefined;
  return text.startsWith("/") && ["dev", "proc", "sys"].includes(parts[0]!) ? undefined : text;
}
