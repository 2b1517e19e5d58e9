import type { Chunk } from "./Configuration.ts";
import type { RenderContext } from "./RenderContext.ts";
import type { RenderedService } from "./renderService.ts";

/** The rules of the app-id frontend and their map: one entry for each app, its first service in mode http. */
export function collectAppIds(
  rendered: readonly RenderedService[],
  { haproxyMap }: RenderContext,
): { chunks: Chunk[]; map: string } {
  const first = new Map<string, RenderedService>();
  for (const one of rendered) {
    if (one.service.mode === "http" && !first.has(one.service.appId)) first.set(one.service.appId, one);
  }
  const entries = [...first.values()];
  const chunks = entries.map(({ appIdRule, service }) => ({ text: appIdRule, service }));
  if (!haproxyMap) return { chunks, map: "" };
  // One look-up serves all apps; the first one brings it.
  // The look-up asks in lower case, as the single rules match in any; a deployment group may be named in upper case.
  const map = entries.map(({ service, names }) => `${service.appId.toLowerCase()} ${names.backend}\n`).join(
    "",
  );
  return { chunks: chunks.slice(0, 1), map };
}
