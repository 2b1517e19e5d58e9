import { setInterval } from "node:timers";
import { eventually } from "../../../tools/harness/eventually.ts";
import { request } from "./request.ts";

/** Milliseconds between two requests: what is lost in a pause of a second are about 100. */
const interval = 10;

/** Milliseconds since the start of the test's process. */
interface Asked {
  readonly from: number;
  readonly to: number;
  /** What went wrong; undefined when it had an answer of status 200. */
  readonly failure?: string;
}

/**
 * Clients that come one after the other, at a steady pace, each with a connection of its own, whether those before have their
 * answer or not: what is lost tells how long a fault lasts, unlike with clients that try again as fast as they can.
 */
export class PacedTraffic implements AsyncDisposable {
  /** In the order of their ends. */
  readonly asked: Asked[] = [];
  readonly #open = new Set<Promise<void>>();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(url: string, host: string) {
    this.#timer = setInterval(() => {
      const work = this.#ask(url, host).finally(() => this.#open.delete(work));
      this.#open.add(work);
    }, interval);
  }

  get failures(): Asked[] {
    return this.asked.filter(({ failure }) => failure !== undefined);
  }

  /** The different things that went wrong. */
  get reasons(): string[] {
    return [...new Set(this.failures.map(({ failure }) => failure!.replace(/:\d+/g, "")))];
  }

  /** Seconds from the begin of the first failed request to the begin of the first one after the last failure. */
  get outage(): number {
    const begins = this.failures.map(({ from }) => from);
    return begins.length === 0 ? 0 : (Math.max(...begins) - Math.min(...begins) + interval) / 1000;
  }

  /** Resolves when 50 requests that begin from now on have gone well, one after the other. */
  async untilSteady(): Promise<void> {
    const now = performance.now();
    await eventually(() => {
      const last = this.asked.filter(({ from }) => from > now).slice(-50);
      const well = last.filter(({ failure }) => failure === undefined).length;
      if (well < 50) throw new Error(`${well} requests went well, then: ${last.at(-1)?.failure}`);
    });
  }

  /** Ends it, and waits for the answers that are still to come. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
  }

  async #ask(url: string, host: string): Promise<void> {
    const from = performance.now();
    let failure: string | undefined;
    try {
      const { status } = await request(url, { headers: { host } });
      if (status !== 200) failure = `status ${status}`;
    } catch (error) {
      failure = (error as Error).message;
    }
    this.asked.push({ from, to: performance.now(), failure });
  }
}
