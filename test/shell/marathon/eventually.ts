import { setImmediate } from "node:timers/promises";

/** Lets the event loop turn until the condition holds; a test that waits in vain ends by this deadline. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  deadline = 20_000,
): Promise<void> {
  const end = performance.now() + deadline;
  while (!await condition()) {
    if (performance.now() > end) throw new Error(`Not within ${deadline} ms: ${condition}`);
    await setImmediate();
  }
}
