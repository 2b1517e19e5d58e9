import type { NewBind } from "../../core/exclusion/newBinds.ts";
import { listeningPorts } from "./listeningPorts.ts";
import { testBind } from "./testBind.ts";

/** A port that cannot be had, and why. */
export interface TakenPort extends NewBind {
  readonly reason: string;
}

/**
 * Which of these ports cannot be had: tested one after the other, as each takes a file descriptor.
 *
 * @param haproxy the processes of our HAProxy: what they listen on is passed on to new workers
 */
export async function findTakenPorts(
  binds: readonly NewBind[],
  haproxy: readonly number[],
): Promise<TakenPort[]> {
  const taken: TakenPort[] = [];
  for (const bind of binds) {
    const reason = await testBind(bind.address);
    if (reason !== undefined) taken.push({ ...bind, reason });
  }
  if (taken.length === 0) return taken;
  const own = await listeningPorts(haproxy);
  return taken.filter(({ address }) => !own.has(address.port));
}
