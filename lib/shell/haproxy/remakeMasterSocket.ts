import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { Clock } from "../clock/Clock.ts";
import { makeDirectory } from "../files/makeDirectory.ts";
import type { HaproxyMaster } from "./HaproxyMaster.ts";
import { pollInterval } from "./requestReload.ts";

/** Milliseconds after which a signal that a busy master has lost is sent again. */
const patience = 5_000;

export interface RemakeOptions {
  /** Path of the master socket. */
  path: string;
  clock: Clock;
  /** Ends the wait. */
  signal: AbortSignal;
}

/**
 * Has a master whose socket was removed make it anew: it does at each load of its file, and USR2 is the one way left to ask
 * for that. Without the directory the master would end. Rejects when the signal is aborted before the socket is there.
 */
export async function remakeMasterSocket(
  master: Pick<HaproxyMaster, "signal">,
  { path, clock, signal }: RemakeOptions,
): Promise<void> {
  await makeDirectory(dirname(path), "the directory of HAProxy's master socket");
  let askedAt = -Infinity;
  while (!existsSync(path)) {
    if (clock.monotonic() - askedAt > patience) {
      master.signal("SIGUSR2");
      askedAt = clock.monotonic();
    }
    await clock.sleep(pollInterval, signal);
  }
}
