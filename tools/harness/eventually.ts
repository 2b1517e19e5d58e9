import { setTimeout } from "node:timers/promises";

/** Milliseconds after which a test does not wait any longer for what should have come: generous, for a busy machine. */
export const deadline = 30_000;

/** The longest pause between two looks, in milliseconds. */
const longest = 20;

/**
 * Repeats the check until it neither throws nor answers false, and returns its result. At the deadline, it rejects with
 * the last error. The first pauses are short, because what comes from this process comes at once.
 */
export async function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  const begin = performance.now();
  while (true) {
    let failure: unknown;
    try {
      const result = await check();
      if (result !== false) return result;
      failure = new Error(`Not within ${deadline} ms: ${check}`);
    } catch (error) {
      failure = error;
    }
    const waited = performance.now() - begin;
    if (waited > deadline) throw failure;
    await setTimeout(Math.min(waited / 10, longest));
  }
}
