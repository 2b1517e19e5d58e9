import type { App } from "../marathon/App.ts";
import { quoted } from "../problem/quoted.ts";

/**
 * Rejects a member of one side of a blue/green deployment.
 *
 * @throws {RangeError} always, with the app as its cause: the side at fault is left out, not the one read last
 */
export function expected(app: App, member: string, text: string, what: string): never {
  throw new RangeError(`${member} is ${quoted(text)}; expected ${what}`, { cause: app });
}
