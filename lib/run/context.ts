import { readFile } from "node:fs/promises";
import process from "node:process";
import { UsageError } from "../core/flags/flag.ts";
import type { Logger } from "../shell/log/logger.ts";
import type { Clock } from "../shell/system/clock.ts";
import { fileError, hasCode } from "../shell/system/files.ts";
import type { Screen } from "../shell/system/terminal.ts";
import { readStandardInput } from "../shell/system/runtime.ts";

/** What a run touches of the world around it. */
export interface RunContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** From 0 up to 1; `Math.random` where it is not given. */
  readonly random?: () => number;
  readonly logger: Logger;
  readonly signals: ProcessSignals;
  /** Aborted when the run is to end. */
  readonly stopping: AbortSignal;
  /** Aborted, just before `stopping`, when HAProxy is to keep serving and the next start is to adopt it. */
  readonly leaving: AbortSignal;
  /** Aborted when it is to end at once. */
  readonly killing: AbortSignal;
  /** Takes the text of `--dry`. */
  readonly print: (text: string) => Promise<void>;
}

/** What a command touches that answers and ends, such as `explain`. */
export interface CommandContext extends RunContext {
  /** Shows what is under way, where a person looks. */
  readonly screen: Screen;
}

/** The signals that mean something to us. */
export type HandledSignal = "SIGHUP" | "SIGUSR1" | "SIGUSR2" | "SIGTERM" | "SIGINT";

/** Where signals come from; tests send their own. */
export interface ProcessSignals {
  /** Calls the handler for each signal of this kind from now on. */
  on(signal: HandledSignal, handler: () => void): void;
}

/** The signals of this process. */
export const processSignals: ProcessSignals = {
  on(signal, handler) {
    process.on(signal, handler);
  },
};

/** Unheard, they end a process. */
const held = ["SIGHUP", "SIGUSR1"] as const;
/** Those that came while they were held. */
const heard = new Set<HandledSignal>();
const hold = (name: HandledSignal) => void heard.add(name);

/**
 * Makes HUP and USR1 harmless until there is something to update. A run that stays begins with a synchronisation and a
 * load of the files anyway. Call it first of all in a program.
 */
export function holdSignals(): void {
  for (const name of held) process.on(name, hold);
}

/**
 * Gives HUP and USR1 their default effect again, also those that came earlier. A run that ends on its own has no use
 * for them.
 */
export function releaseSignals(): void {
  for (const name of held) {
    process.off(name, hold);
    if (heard.delete(name)) process.kill(process.pid, name);
  }
}

/** `timeout` and terminals with a wrapper in between send the same signal twice, milliseconds apart. */
const sameSignal = 250;

/**
 * TERM and INT stop the run; a second one, not sent together with the first, stops it at once. USR2 ends the run alone:
 * HAProxy keeps serving. PID 1 of a container would take HAProxy along, so it does not end.
 *
 * @param pid ours
 * @returns signals: `stopping` is aborted by the first of them, `killing` by the second, and `leaving` if the first is USR2
 */
export function stopOnSignals(
  signals: ProcessSignals,
  logger: Logger,
  clock: Pick<Clock, "monotonic">,
  pid = process.pid,
): Pick<RunContext, "stopping" | "leaving" | "killing"> {
  const [stop, leave, kill] = [new AbortController(), new AbortController(), new AbortController()];
  let since = -Infinity;
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    signals.on(name, () => {
      if (stop.signal.aborted && clock.monotonic() - since < sameSignal) return;
      if (stop.signal.aborted) {
        logger.warning(`${name}${leave.signal.aborted ? "" : " again"}: stopping at once`);
        kill.abort(new Error(`stopped at once by ${name}`));
      } else {
        since = clock.monotonic();
        logger.info(`${name}: stopping`);
        stop.abort(new Error(`stopped by ${name}`));
      }
    });
  }
  signals.on("SIGUSR2", () => {
    if (stop.signal.aborted) return;
    if (pid === 1) {
      logger.warning("SIGUSR2: HAProxy would end with PID 1 of its container; not ending");
      return;
    }
    logger.info("SIGUSR2: ending; HAProxy keeps serving for the next start");
    const reason = new Error("ended by SIGUSR2");
    leave.abort(reason);
    stop.abort(reason);
  });
  return { stopping: stop.signal, leaving: leave.signal, killing: kill.signal };
}

/**
 * The text of a file that a command was given; `-` is standard input.
 *
 * @throws {UsageError} when it is not there
 */
export async function readInput(command: string, file: string): Promise<string> {
  if (file === "-") return await readStandardInput();
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) {
      throw new UsageError(`${command}: there is no file ${file}; check the path`);
    }
    if (hasCode(error, "EISDIR")) {
      throw new UsageError(
        `${command}: ${file} is a directory; name the files in it, such as ${file}/*.json`,
      );
    }
    throw fileError("read", file, error);
  }
}
