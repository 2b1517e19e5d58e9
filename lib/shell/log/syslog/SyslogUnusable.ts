/** There is no way to this syslog server from this runtime, however often it is tried. The message says what to do. */
export class SyslogUnusable extends Error {
  override readonly name = "SyslogUnusable";
}
