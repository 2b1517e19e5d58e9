import type { Clock } from "../clock/Clock.ts";
import type { HaproxyMaster } from "./HaproxyMaster.ts";
import { masterPids } from "./masterPids.ts";
import { processIdentity } from "./processIdentity.ts";
import { signalHaproxy } from "./signalHaproxy.ts";

/** Milliseconds between two looks at whether it still runs: the system tells only parents. */
const watchInterval = 250;
const killInterval = 10;

/**
 * Takes over a HAProxy master that another process started, and that has been recognised as ours. What it writes
 * does not reach us: its pipes ended with the process that started it, and HAProxy ignores that (SIGPIPE is off).
 */
export function adoptMaster(pid: number, clock: Clock): HaproxyMaster {
  const kill = () => signalHaproxy(-pid, "SIGKILL");
  return {
    pid,
    exited: untilEnded(pid, clock, kill).then(() => ({ code: null, signal: null })),
    signal: (name) => signalHaproxy(pid, name),
    resume: () => signalHaproxy(-pid, "SIGCONT"),
    kill,
    pids: () => masterPids(pid),
  };
}

async function untilEnded(pid: number, clock: Clock, kill: () => void): Promise<void> {
  const identity = processIdentity(pid);
  let workers = identitiesOf(pid);
  while (identity !== undefined && processIdentity(pid) === identity) {
    workers = identitiesOf(pid);
    await clock.sleep(watchInterval);
  }
  // Workers end by themselves when the master dies, but only when they notice; until then they would take connections.
  kill();
  while ([...workers].some(([worker, identity]) => processIdentity(worker) === identity)) {
    await clock.sleep(killInterval);
  }
}

function identitiesOf(pid: number): ReadonlyMap<number, string> {
  const workers = masterPids(pid).slice(1).map((worker) => [worker, processIdentity(worker)] as const);
  return new Map(workers.flatMap(([worker, identity]) => identity === undefined ? [] : [[worker, identity]]));
}
