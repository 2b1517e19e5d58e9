import type { NewBind } from "../../core/exclusion/newBinds.ts";
import { mostPorts } from "../../core/haproxy/parseBindLine.ts";
import { capabilities, effectiveCapabilities } from "./effectiveCapabilities.ts";
import { listeningPorts } from "./listeningPorts.ts";
import { testBind } from "./testBind.ts";

/** A port that cannot be had, and why. */
export interface TakenPort extends NewBind {
  readonly reason: string;
}

/**
 * Which of these ports cannot be had: tested one after the other, as each takes a file descriptor.
 *
 * @param haproxy the processes of our HAProxy, its master first: what they listen on is passed on to new workers, and
 * its master opens what is new. Without one, a port that only privileged processes may open is held to be no fault where
 * all services share it: HAProxy's file may have the capability, and its start will tell.
 */
export async function findTakenPorts(
  binds: readonly NewBind[],
  haproxy: readonly number[],
): Promise<TakenPort[]> {
  const [master] = haproxy;
  const taken: TakenPort[] = [];
  const excessive: TakenPort[] = [];
  for (const bind of binds) {
    if (bind.excessive) {
      excessive.push({ ...bind, reason: `it asks for more than ${mostPorts} ports` });
      continue;
    }
    const fault = await testBind(bind.address);
    if (!fault) continue;
    if (fault.forbidden && (master === undefined ? !bind.service : await mayBind(master))) continue;
    taken.push({ ...bind, reason: fault.reason });
  }
  if (taken.length === 0) return excessive;
  const own = await listeningPorts(haproxy);
  return [...excessive, ...taken.filter(({ address }) => !own.has(address.port))];
}

/** Whether a process may open ports that only privileged ones may; one that is not known is trusted to. */
async function mayBind(pid: number): Promise<boolean> {
  const bits = await effectiveCapabilities(pid);
  return bits === undefined || (bits & capabilities.bindService) !== 0n;
}
