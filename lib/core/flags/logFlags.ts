import type { Flag } from "./flag.ts";

/** The flags of the logs, of this program and of HAProxy's requests: a part of the flag table. */
export const logFlags = [
  {
    name: "log-level",
    kind: "logLevel",
    argument: "LEVEL",
    default: "info",
    defaultText: "INFO; the reference's DEBUG floods logs",
    group: "Logging",
    description: "The least urgent lines to write: CRITICAL, ERROR, WARNING, INFO, DEBUG or NOTSET.",
  },
  {
    name: "log-format",
    kind: "logFormat",
    argument: "FORMAT",
    default: "%(asctime)-15s %(levelname)s %(name)s: %(message)s",
    group: "Logging",
    description: "The format of a log line, as in Python's logging; or json for one object per line.",
  },
  {
    name: "syslog-socket",
    kind: "syslogTarget",
    argument: "SOCKET",
    defaultText: "/dev/log where it exists; in a supervised mode /dev/null",
    variable: { name: "SYSLOG_SOCKET", supervisedOnly: true },
    group: "Logging",
    description:
      "Also log to the path of a Unix socket, udp://HOST:PORT or tcp://HOST:PORT; /dev/null: nowhere.",
  },

  {
    name: "access-log",
    kind: "accessLog",
    argument: "FORMAT",
    default: "off",
    group: "Logging",
    description:
      "Have HAProxy log each request in one line: json, text or off. Lines have app, vhost, status and times.",
    ours: true,
  },
  {
    name: "access-log-target",
    kind: "accessLogTarget",
    argument: "TARGET",
    default: "stdout",
    group: "Logging",
    description: "Where these lines go: stdout, udp://ADDRESS:PORT, or the path of a syslog socket.",
    ours: true,
  },
] as const satisfies readonly Flag[];
