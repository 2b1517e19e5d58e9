import type { CheckMessage } from "./parseCheckOutput.ts";

/** A finding as one line for people: `/path/haproxy.cfg:12: message`. */
export function describeCheckMessage({ file, line, message }: CheckMessage): string {
  return file === undefined ? message : `${file}:${line}: ${message}`;
}
