import type { HaproxyExit, HaproxyMaster } from "./HaproxyMaster.ts";

/** A signal that is aborted when HAProxy has ended, with an Error of the message made from how it did. */
export function endedSignal(master: HaproxyMaster, message: (exit: string) => string): AbortSignal {
  const ended = new AbortController();
  master.exited.then((exit) => ended.abort(new Error(message(describeExit(exit)))));
  return ended.signal;
}

/** `exit code 1` or `by signal SIGKILL`. */
export function describeExit({ code, signal }: HaproxyExit): string {
  if (code === null && signal === null) return "nobody knows how: an earlier process had started it";
  return signal === null ? `exit code ${code}` : `by signal ${signal}`;
}
