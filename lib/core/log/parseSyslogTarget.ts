import { parseBindAddress } from "../flags/parseBindAddress.ts";
import type { SyslogTarget } from "./SyslogTarget.ts";

/** The port of syslog by UDP (RFC 5426, section 3.3), which servers use for TCP as well. */
const usualPort = 514;

/**
 * Reads a `--syslog-socket`: `/dev/null` for none, the path of a Unix socket, or `udp://HOST:PORT` or `tcp://HOST:PORT`,
 * where the port may be missing. Undefined for anything else; a word without a slash is no path, because it is more
 * likely a host whose scheme was forgotten.
 */
export function parseSyslogTarget(text: string): SyslogTarget | undefined {
  if (text === "/dev/null") return { transport: "none" };
  const [, transport, address] = /^(udp|tcp):\/\/([^/]+)\/?$/.exec(text) ?? [];
  if (transport === "udp" || transport === "tcp") {
    const parsed = parseBindAddress(address!) ?? parseBindAddress(`${address}:${usualPort}`);
    return parsed && parsed.host !== "*" ? { transport, ...parsed } : undefined;
  }
  return text.includes("/") && !text.includes("://") ? { transport: "unix", path: text } : undefined;
}
