import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Clock } from "../clock/Clock.ts";
import type { Logger } from "../log/Logger.ts";

export interface ReloadCommandOptions {
  /** Tries after the first one: 0 none, -1 endless. */
  readonly maxRetries: number;
  /** Milliseconds between two tries. */
  readonly interval: number;
  /** The command's environment: a HAProxy that it starts inherits it, so no credential belongs in it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Runs the command that reloads HAProxy until it ends with code 0. What it prints goes to our own standard error.
 *
 * @param command program and arguments; never given to a shell
 */
export async function runReloadCommand(
  command: readonly string[],
  { maxRetries, interval, env, clock, logger }: ReloadCommandOptions,
  signal: AbortSignal,
): Promise<{ ok: true } | { ok: false; reason: string }> {
  for (let attempt = 0;; attempt++) {
    const failure = await runOnce(command, env, signal);
    if (failure === undefined) return { ok: true };
    const reason = `the reload command ${JSON.stringify(command.join(" "))} ${failure}`;
    if (maxRetries >= 0 && attempt >= maxRetries) return { ok: false, reason };
    logger.warning(`${reason}; trying again in ${interval / 1000} s`);
    await clock.sleep(interval, signal);
  }
}

async function runOnce(
  [program, ...words]: readonly string[],
  env: ReloadCommandOptions["env"],
  signal: AbortSignal,
): Promise<string | undefined> {
  // A child of an aborted signal would still begin to run.
  signal.throwIfAborted();
  // Our standard output is for configurations alone (--dry).
  const child = spawn(program!, words, { stdio: ["ignore", 2, 2], env, signal });
  try {
    const [code, killedBy] = await once(child, "exit");
    return code === 0 ? undefined : `ended with ${killedBy ?? `code ${code}`}`;
  } catch (error) {
    signal.throwIfAborted();
    return `cannot be run: ${(error as Error).message}`;
  }
}
