import { setFlagsFromString } from "node:v8";

/**
 * Has V8 look for garbage when its heap has grown by a third. Left alone it waits for several times of what is in use: for a
 * daemon that shares an agent with tasks that is memory taken from them. Set here and not at the start of the runtime, whose
 * own caches of compiled code only count without such flags.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--heap-growing-percent=30");
}

/**
 * Keeps the space for new objects at 2 MB, which V8 lets grow to 64 and never gives back. What happens once is a little
 * slower with it, so that it is nothing for runs that end.
 */
export function keepNewSpaceSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}
