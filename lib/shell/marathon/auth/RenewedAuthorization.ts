import type { Clock } from "../../clock/Clock.ts";
import type { Authorization } from "./Authorization.ts";

/** A value of the header `Authorization`, and for how many milliseconds it is good where that is known. */
export interface Grant {
  header: string;
  lifetime?: number;
}

/** How many milliseconds before its end a grant is renewed: a request with it may be on its way for so long. */
const margin = 10_000;

/**
 * An authorization that is asked for when it is needed, and again when it is about to end or was refused. There is one
 * renewal at a time, which all requests wait for.
 */
export class RenewedAuthorization implements Authorization {
  readonly #obtain: (signal: AbortSignal) => Promise<Grant>;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  #current?: { header: string; renewAt: number };
  #renewal?: Promise<string>;

  constructor(
    readonly origin: string,
    { obtain, clock }: { obtain: (signal: AbortSignal) => Promise<Grant>; clock: Clock },
  ) {
    this.#obtain = obtain;
    this.#clock = clock;
  }

  async header(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    if (this.#current && this.#clock.monotonic() < this.#current.renewAt) return this.#current.header;
    // A renewal belongs to all who wait for it: one of them leaving does not end it.
    this.#renewal ??= this.#renew().finally(() => this.#renewal = undefined);
    return await unlessAborted(this.#renewal, signal);
  }

  refused(header: string): void {
    if (this.#current?.header === header) this.#current = undefined;
  }

  close(): void {
    this.#closing.abort(new Error("the access to Marathon was closed"));
  }

  async #renew(): Promise<string> {
    const askedAt = this.#clock.monotonic();
    const { header, lifetime = Infinity } = await this.#obtain(this.#closing.signal);
    this.#current = { header, renewAt: askedAt + lifetime - margin };
    return header;
  }
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const settled = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true, signal: settled.signal });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    settled.abort();
  }
}
