/** HAProxy's version; `text` is all of it, as HAProxy prints it (`2.6.12-1+deb12u4`). */
export interface HaproxyVersion {
  major: number;
  minor: number;
  patch: number;
  text: string;
}

// "HAProxy version 2.6.12-1+deb12u4 2026/10/17"; before 2.4 "HA-Proxy version"; development versions ("3.1-dev4")
// have no patch number.
const versionLine = /^HA-?Proxy version ((\d+)\.(\d+)(?:\.(\d+))?\S*)/m;

/** The version in the output of `haproxy -v`, or undefined when HAProxy did not print it. */
export function parseHaproxyVersion(output: string): HaproxyVersion | undefined {
  const match = versionLine.exec(output);
  if (!match) return undefined;
  const [, text = "", major, minor, patch = "0"] = match;
  return { major: Number(major), minor: Number(minor), patch: Number(patch), text };
}
