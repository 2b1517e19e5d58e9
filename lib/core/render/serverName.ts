import type { Backend } from "../model/Service.ts";
import { cleanName } from "./cleanName.ts";

/**
 * The name of a server: host, address and port, the host only where it says more than the address. HAProxy matches
 * saved server states by this name, so it names everything that makes a server another one.
 */
export function serverName({ host, ip, port }: Backend): string {
  return cleanName(host === ip ? `${ip}_${port}` : `${host}_${ip}_${port}`);
}
