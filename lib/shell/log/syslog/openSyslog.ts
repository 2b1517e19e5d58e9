import type { SyslogTarget } from "../../../core/log/SyslogTarget.ts";
import type { Clock } from "../../clock/Clock.ts";
import { hasCode } from "../../files/hasCode.ts";
import { openStream } from "./openStream.ts";
import { openUdp } from "./openUdp.ts";
import { openUnixDatagram } from "./openUnixDatagram.ts";
import type { SyslogConnection } from "./SyslogConnection.ts";

/** RFC 6587, section 3.4.2: every server can do that, but not every one can count octets. */
const lineFeed = 0x0a;
/** What syslog(3) and Python's SysLogHandler write to a Unix stream socket. */
const nul = 0;

/**
 * Opens the way to a syslog server. Rejects when it is not there, or as soon as `signal` is aborted.
 *
 * @throws {SyslogUnusable} when trying again is no use
 */
export async function openSyslog(
  target: Exclude<SyslogTarget, { transport: "none" }>,
  clock: Clock,
  signal: AbortSignal,
): Promise<SyslogConnection> {
  if (target.transport === "unix") return await openUnix(target.path, clock, signal);
  const { transport, host, port } = target;
  if (transport === "udp") return await openUdp({ host, port, clock });
  return await openStream({ address: { host, port }, terminator: lineFeed, clock }, signal);
}

/** Only connecting tells of what kind the socket is. */
async function openUnix(path: string, clock: Clock, signal: AbortSignal): Promise<SyslogConnection> {
  try {
    return await openStream({ address: { path }, terminator: nul, clock }, signal);
  } catch (error) {
    if (!hasCode(error, "EPROTOTYPE")) throw error;
    return openUnixDatagram(path);
  }
}
