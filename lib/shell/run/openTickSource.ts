import type { Options } from "../../core/flags/Options.ts";
import { parseBindAddress } from "../../core/flags/parseBindAddress.ts";
import type { Logger } from "../log/Logger.ts";
import { CallbackServer } from "../marathon/callback/CallbackServer.ts";

/** What says that apps may have changed: Marathon's event stream, its callbacks, or nothing but a timer. */
export type TickSource =
  | { readonly kind: "stream" | "polling" }
  | { readonly kind: "callbacks"; readonly server: CallbackServer };

/**
 * The source that the command line names; its listener is open already, so that an address that cannot be used is told
 * before anything else begins.
 *
 * @throws {Error} when it cannot be
 */
export async function openTickSource(
  { mode, eventAddress }: Options,
  logger: Logger,
): Promise<TickSource> {
  const address = eventAddress === undefined ? undefined : parseBindAddress(eventAddress);
  if (address) return { kind: "callbacks", server: await CallbackServer.listen(address, logger) };
  return { kind: mode === "poll" ? "polling" : "stream" };
}
