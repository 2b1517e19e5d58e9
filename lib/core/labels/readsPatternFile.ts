/**
 * Whether a text could make HAProxy read patterns from a file wherever it stands in a line: the flag `-f` of ACLs
 * (configuration manual, section 7.1), also where quotes and escapes hide it. A file without an end, such as
 * `/dev/zero`, would have HAProxy read for ever.
 */
export function readsPatternFile(text: string): boolean {
  const written = text.replace(/\\x([0-9a-f]{2})/gi, (_, code) => String.fromCharCode(parseInt(code, 16)));
  return written.replace(/["'\\]/g, "").split(/\s+/).includes("-f");
}
