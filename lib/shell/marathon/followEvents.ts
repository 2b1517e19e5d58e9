import { type MarathonEvent, readEventFrame } from "../../core/marathon/events/readEventFrame.ts";
import { firstWait, healthyAfter, nextWait } from "../../core/marathon/events/reconnectWait.ts";
import { eventStreamPath, isRelevantEvent } from "../../core/marathon/events/relevantEvents.ts";
import { Alarm } from "../clock/Alarm.ts";
import type { Clock } from "../clock/Clock.ts";
import type { Logger } from "../log/Logger.ts";
import { EventFrameReader } from "./EventFrameReader.ts";
import type { EventStream, MarathonClient } from "./MarathonClient.ts";
import { withIdleTimeout } from "./withIdleTimeout.ts";

/** How many events of a connection that cannot be read are worth a warning each: a log is not to be filled with them. */
const mostProblems = 10;

export interface FollowEventsOptions {
  client: Pick<MarathonClient, "openEvents" | "failOver">;
  clock: Clock;
  logger: Logger;
  /** From 0 up to 1, as `Math.random`. */
  random: () => number;
  signal: AbortSignal;
  /** Milliseconds without a byte after which a stream counts as dead (`--sse-idle-timeout`). */
  idleTimeout: number;
  /** The longest pause between two attempts, in milliseconds (`--max-backoff`). */
  maxBackoff: number;
  /** Ends a pause between two attempts: rung when Marathon is known to answer again. */
  alarm?: Alarm;
  /** Called at every connection: what happened while there was none has to be caught up on. Must not throw. */
  onConnected: () => void;
  /** Called when a connection has ended, or could not be made. Must not throw. */
  onDisconnected?: (reason: string) => void;
  /** Called for every event of a kind that matters. Must not throw. */
  onEvent: (event: MarathonEvent) => void;
}

/**
 * Follows Marathon's event stream until the signal is aborted, then resolves. A dead stream is opened again at once; after
 * any other end there is a random pause, whose upper bound grows and starts over after a healthy connection.
 */
export async function followEvents(options: FollowEventsOptions): Promise<void> {
  const { clock, logger, random, signal, maxBackoff, alarm = new Alarm() } = options;
  const startWait = Math.min(firstWait, maxBackoff);
  let wait = startWait;
  while (!signal.aborted) {
    const end = await followOnce(options, () => wait = startWait);
    if (signal.aborted) return;
    options.onDisconnected?.(end.reason);
    if (end.dead) {
      logger.warning(`${end.reason}: taken for dead, connecting again at once`);
      continue;
    }
    const pause = random() * wait;
    wait = nextWait(wait, maxBackoff);
    logger.warning(`${end.reason} Connecting again in ${(pause / 1000).toFixed(1)} s`);
    await sleep(clock, pause, AbortSignal.any([signal, alarm.signal]));
  }
}

interface StreamEnd {
  reason: string;
  /** Nothing was heard for too long, as opposed to an end or an error. */
  dead: boolean;
}

/** Follows one connection to its end. */
async function followOnce(options: FollowEventsOptions, onHealthy: () => void): Promise<StreamEnd> {
  const { client, logger, signal } = options;
  const connection = new AbortController();
  let stream: EventStream | undefined;
  try {
    stream = await client.openEvents(eventStreamPath, AbortSignal.any([signal, connection.signal]));
    logger.info(`Event stream of ${stream.url} connected`);
    options.onConnected();
    await readStream(stream, options, onHealthy);
    return { reason: `The event stream of ${stream.url} ended.`, dead: false };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (!stream) return { reason: message, dead: false };
    const dead = error instanceof DOMException && error.name === "TimeoutError";
    return { reason: `The event stream of ${stream.url} failed (${message})${dead ? "" : "."}`, dead };
  } finally {
    connection.abort();
    if (stream) client.failOver(stream.url);
  }
}

async function readStream(
  stream: EventStream,
  options: FollowEventsOptions,
  onHealthy: () => void,
): Promise<void> {
  const { clock, logger, idleTimeout, onEvent } = options;
  const reader = new EventFrameReader();
  const connectedAt = clock.monotonic();
  let problemsTold = 0;
  const tell = (problem: string) => {
    const line = `Event stream of ${stream.url}: ${problem}`;
    problemsTold++;
    if (problemsTold < mostProblems) logger.warning(line);
    else if (problemsTold > mostProblems) logger.debug(line);
    else logger.warning(`${line}; more of this connection are told at level DEBUG only`);
  };
  for await (const piece of withIdleTimeout(stream.pieces, idleTimeout, clock)) {
    if (clock.monotonic() - connectedAt >= healthyAfter) onHealthy();
    for (const frame of reader.feed(piece)) {
      const { events, problems } = readEventFrame(frame);
      for (const problem of problems) tell(problem);
      for (const event of events) if (isRelevantEvent(event.eventType)) onEvent(event);
    }
  }
}

async function sleep(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(milliseconds, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
