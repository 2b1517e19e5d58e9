import type { UnixDatagrams } from "../datagram/openUnixDatagrams.ts";
import type { NotifySender } from "./NotifySender.ts";

/** Sends notifications by a socket of our own; the service manager sees them come from this very process. */
export function datagramSender(socket: UnixDatagrams, path: string): NotifySender {
  return {
    how: "a socket of its own",
    async send(assignments, signal) {
      signal.throwIfAborted();
      const message = new TextEncoder().encode(assignments.join("\n"));
      // A manager that takes nothing would have it wait for ever.
      const given = new Promise<never>((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
      await Promise.race([socket.send(message, path), given]);
    },
    close: () => socket.close(),
  };
}
