import type { HandledSignal, ProcessSignals } from "../../../lib/run/context.ts";

/** Signals that a test sends. */
export class FakeSignals implements ProcessSignals {
  readonly #handlers = new Map<HandledSignal, (() => void)[]>();

  on(signal: HandledSignal, handler: () => void): void {
    this.#handlers.set(signal, [...this.#handlers.get(signal) ?? [], handler]);
  }

  send(signal: HandledSignal): void {
    for (const handler of this.#handlers.get(signal) ?? []) handler();
  }
}
