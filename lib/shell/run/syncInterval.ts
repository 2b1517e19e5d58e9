import type { Options } from "../../core/flags/Options.ts";

/** Seconds without any event after which Marathon is asked anyway. */
export const idle = 300;

/** Milliseconds after which there is a synchronisation that nothing asked for. */
export function syncInterval({ mode, pollInterval }: Pick<Options, "mode" | "pollInterval">): number {
  return (mode === "poll" ? pollInterval : idle) * 1000;
}
