import { Buffer } from "node:buffer";
import type { Credentials } from "../../core/flags/values.ts";
import type { Clock } from "../system/clock.ts";

/** What Marathon takes to let requests in. */
export interface Authorization {
  /** Where the credentials come from, as an operator knows it: named when Marathon refuses them. */
  readonly origin: string;
  /** The value of the header `Authorization`. Rejects with the signal's reason when that is aborted first. */
  header(signal: AbortSignal): Promise<string>;
  /** Tells that Marathon refused this value; where it can be renewed, `header` gives another one next. */
  refused(header: string): void;
  /** Ends a renewal that is under way, and closes connections that are kept open. */
  close(): void;
}

/** A value of the header `Authorization`, and for how many milliseconds it is valid, where that is known. */
export interface Grant {
  header: string;
  lifetime?: number;
}

/** Milliseconds before the end of a grant at which it is renewed: a request with it may be in transit for that long. */
const margin = 10_000;

/**
 * An authorization that is requested on first use, and again shortly before it ends or after it was refused. There is
 * one renewal at a time, and all requests wait for it.
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
    // A renewal belongs to all callers that wait for it: one of them leaving does not end it.
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

/** Basic authentication (RFC 7617) by credentials that stay the same. */
export function basicAuthorization(credentials: Credentials, origin: string): Authorization {
  const header = basicHeader(credentials);
  return { origin, header: () => Promise.resolve(header), refused() {}, close() {} };
}

export function basicHeader({ user, password }: Credentials): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}
