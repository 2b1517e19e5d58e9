import type { ServerChange } from "./ServerChange.ts";

const inDefaults = /^\s+default-server\s.*\bon-marked-(?:down|up)\s/m;

/**
 * The option for which HAProxy would end what is under way when it follows a change: `on-marked-down` when a server goes, and
 * `on-marked-up` when one comes (configuration manual, section 5.2). After a reload the old worker ends it in peace. Undefined
 * where there is none.
 *
 * @param section the whole backend
 * @param head the global parts of the configuration, whose `defaults` it inherits
 */
export function endsSessions(
  changes: readonly ServerChange[],
  section: string,
  head: string,
): string | undefined {
  if (changes.length > 0 && [section, head].some((text) => inDefaults.test(text))) return "default-server";
  for (const { kind, server } of changes) {
    const option = kind === "remove" || kind === "disable" ? "on-marked-down" : "on-marked-up";
    if (server.options.includes(option)) return option;
  }
  return undefined;
}
