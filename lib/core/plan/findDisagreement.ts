import type { ServerState } from "../haproxy/parseServersState.ts";
import type { ServerChange } from "./ServerChange.ts";
import type { ServerLine } from "./ServerLine.ts";

/**
 * What in the state of a backend is not as the file says, after changes to it; undefined when all is. Servers without a
 * change may be in maintenance: an operator may have put them there by hand.
 *
 * @param servers those that the file names
 * @param changes of this backend
 */
export function findDisagreement(
  state: readonly ServerState[],
  servers: readonly ServerLine[],
  changes: readonly ServerChange[],
): string | undefined {
  const running = new Map(state.map((server) => [server.name, server]));
  for (const { name, address, port } of servers) {
    const found = running.get(name);
    if (!found) return `server ${name} is missing`;
    if (found.address !== address || found.port !== port) {
      return `server ${name} is at ${found.address}:${found.port} instead of ${address}:${port}`;
    }
  }
  for (const { kind, server: { name, disabled } } of changes) {
    const rests = kind === "remove" || disabled;
    if ((running.get(name)?.inMaintenance ?? rests) !== rests) {
      return `server ${name} is ${rests ? "not " : ""}in maintenance`;
    }
  }
  return undefined;
}
