import type { RenderedService } from "./renderService.ts";

/** `domain2backend.map`: one line for each host of the services that are looked up there, no line twice. */
export function renderVhostMap(rendered: readonly RenderedService[]): string {
  const lines = new Set<string>();
  for (const { vhosts, names } of rendered) {
    if (!vhosts?.httpLookup && !vhosts?.httpsLookup) continue;
    for (const host of vhosts.hosts) lines.add(`${host} ${names.backend}\n`);
  }
  return [...lines].join("");
}
