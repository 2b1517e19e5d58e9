/** Where log lines go besides standard error. */
export type SyslogTarget =
  | { transport: "none" }
  /** A socket of this machine. `optional`: nobody asked for it, and it may be missing. */
  | { transport: "unix"; path: string; optional?: true }
  /** `host`: a name, an IPv4 address, or an IPv6 address without brackets. */
  | { transport: "udp" | "tcp"; host: string; port: number };
