import type { Clock } from "../clock/Clock.ts";
import { notNeeded } from "../clock/notNeeded.ts";
import { timeOut } from "./timeOut.ts";

/** Passes the pieces of a stream on; throws a `TimeoutError` when none comes for `idleTimeout` milliseconds. */
export async function* withIdleTimeout(
  pieces: AsyncIterable<Uint8Array>,
  idleTimeout: number,
  clock: Clock,
): AsyncGenerator<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  while (true) {
    const result = await nextPiece(iterator, idleTimeout, clock);
    if (result.done) return;
    yield result.value;
  }
}

async function nextPiece(iterator: AsyncIterator<Uint8Array>, idleTimeout: number, clock: Clock) {
  const received = new AbortController();
  const idle = clock.sleep(idleTimeout, received.signal).then(() => {
    throw timeOut("no byte", idleTimeout);
  });
  try {
    return await Promise.race([iterator.next(), idle]);
  } finally {
    received.abort(notNeeded);
  }
}
