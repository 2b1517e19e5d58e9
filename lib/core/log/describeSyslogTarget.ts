import type { SyslogTarget } from "./SyslogTarget.ts";

/** The target as `--syslog-socket` takes it. */
export function describeSyslogTarget(target: SyslogTarget): string {
  switch (target.transport) {
    case "none":
      return "/dev/null";
    case "unix":
      return target.path;
    default: {
      const host = target.host.includes(":") ? `[${target.host}]` : target.host;
      return `${target.transport}://${host}:${target.port}`;
    }
  }
}
