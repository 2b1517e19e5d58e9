import { setTimeout } from "node:timers/promises";

/** Milliseconds after which a test does not wait any longer for what should have come: generous, for a busy machine. */
export const deadline = 30_000;

/** Repeats the check until it does not throw, and returns its result; rejects with its last error at the deadline. */
export async function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  const end = performance.now() + deadline;
  while (true) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    await setTimeout(20);
  }
}
