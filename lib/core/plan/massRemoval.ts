import type { ClusterReading, Origin } from "../marathon/cluster.ts";
import { nameOf } from "../model/incumbents.ts";
import type { Chunk } from "../render/configuration.ts";

/** How much a configuration serves. */
export interface Served {
  readonly backends: number;
  readonly servers: number;
}

const nothing: ReadonlySet<string> = new Set();

/**
 * Counts what a configuration serves by its sections, so that one of an earlier run can be counted too.
 *
 * @param outside ids of apps that do not count because they are not Marathon's
 */
export function countServed(text: string, outside = nothing): Served {
  if (outside.size > 0) {
    const names = new Set([...outside].map(nameOf));
    const counted = text.split(/^(?=\S)/m).filter((section) => {
      const [, name] = /^backend\s+(\S+)_\d+\s/.exec(section) ?? [];
      return name === undefined || !names.has(name);
    });
    return countServed(counted.join(""));
  }
  return {
    backends: text.match(/^backend\s/gm)?.length ?? 0,
    servers: text.match(/^[ \t]+server\s/gm)?.length ?? 0,
  };
}

/** Counts what a configuration of this process serves, without reading its text. @param outside as above */
export function countInChunks(chunks: readonly Chunk[], outside = nothing): Served {
  const backends = chunks.filter(({ backend, service }) =>
    backend && !(service && outside.has(service.appId))
  );
  return {
    backends: backends.length,
    servers: backends.reduce((sum, { service }) => sum + (service?.backends.length ?? 0), 0),
  };
}

/**
 * Whether so much disappears at once that a wrong answer of Marathon is more likely than an empty cluster. That is
 * everything, or nine tenths of both backends and servers.
 */
export function isMassRemoval(before: Served, after: Served): boolean {
  if (before.backends === 0) return false;
  if (after.backends === 0) return true;
  return after.backends * 10 < before.backends && after.servers * 10 < before.servers;
}

/** Milliseconds until a list of all apps is requested, if the answer was only of some. */
const soon = 1_000;

/** An answer that is held back: since when, and its source. */
interface Held {
  readonly since: number;
  readonly origin: Origin | undefined;
}

/**
 * Holds back a configuration that removes nearly everything, until the same healthy Marathon gives the same answer some
 * time later. An empty answer more often comes from a Marathon that lost its state than from a cluster without apps.
 *
 * | held | answer                                          | then                                |
 * | ---- | ----------------------------------------------- | ----------------------------------- |
 * | any  | leaves enough                                   | applied; nothing is held            |
 * | no   | takes nearly everything away                    | held from now on                    |
 * | yes  | the same, after a failure or of another Marathon | held from now on                    |
 * | yes  | the same, before the delay is over              | held as it was                      |
 * | yes  | the same, later, but not all apps were asked for | held as it was; asked for all soon  |
 * | yes  | the same, later, a list of all apps             | applied; nothing is held            |
 */
export class RemovalGuard {
  #held: Held | undefined;

  /** @param delay milliseconds between the two answers; 0 holds nothing back */
  constructor(readonly delay: number) {}

  /**
   * @param running what is in service; undefined when nothing is
   * @param next what would replace it
   * @param now milliseconds of a clock that never goes back
   * @param answer the source of `next`
   * @returns milliseconds to wait before another attempt; 0 if it may be applied
   */
  hold(
    running: Served | undefined,
    next: Served,
    now: number,
    { origin, partial }: Pick<ClusterReading, "origin" | "partial">,
  ): number {
    const removal = running !== undefined && isMassRemoval(running, next);
    if (this.delay === 0 || !removal) {
      this.#held = undefined;
      return 0;
    }
    if (!this.#held || !isUnbroken(this.#held.origin, origin)) this.#held = { since: now, origin };
    const left = this.#held.since + this.delay - now;
    if (left > 0) return left;
    if (partial) return soon;
    this.#held = undefined;
    return 0;
  }
}

/** Whether two answers are of one Marathon that was healthy all the time in between. */
function isUnbroken(before: Origin | undefined, after: Origin | undefined): boolean {
  if (!before || !after) return before === after;
  if (before.failures !== after.failures) return false;
  const [leader, other] = [before.speaker?.leader, after.speaker?.leader];
  // The end of an event stream does not count: the network may cause it, and every member of the cluster passes on its
  // leader's answers.
  if (leader !== undefined && other !== undefined) return leader === other;
  return before.connections === after.connections && before.speaker?.url === after.speaker?.url;
}
