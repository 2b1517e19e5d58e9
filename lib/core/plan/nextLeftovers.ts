import { type ServerChange, serverKey } from "./ServerChange.ts";
import type { ServerLine } from "./ServerLine.ts";

/** The servers that are in no file any more but still in HAProxy, after some changes. */
export function nextLeftovers(
  leftovers: ReadonlyMap<string, ServerLine>,
  changes: readonly ServerChange[],
): Map<string, ServerLine> {
  const next = new Map(leftovers);
  for (const { kind, backend, server } of changes) {
    if (kind === "remove") next.set(serverKey(backend, server), server);
    if (kind === "return") next.delete(serverKey(backend, server));
  }
  return next;
}
