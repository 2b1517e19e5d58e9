import { bulletList } from "./markdown/bulletList.ts";
import { wrapText } from "./markdown/wrapText.ts";

/** What a syslog server gets, and what happens while it is away. */
export function syslogSection(): string[] {
  return [
    "## Syslog",
    wrapText(
      "With `--syslog-socket` each line of the log, HAProxy's own lines included, goes to a syslog server as well as to " +
        "standard error. The message is the line as `--log-format` makes it; with `%(message)s` the time is not in " +
        "it twice. The facility is `user`, and the program's name is `marathon_lb`, or `haproxy` for HAProxy's lines.",
    ),
    bulletList([
      "`udp://HOST:PORT`: RFC 5424, one datagram for each line. Nobody is told whether a server gets them.",
      "`tcp://HOST:PORT`: RFC 5424, a line feed after each (RFC 6587, non-transparent framing). No TLS.",
      "The path of a Unix stream socket: the format of syslog(3), a NUL after each.",
      "The path of a Unix datagram socket, as `/dev/log` mostly is: the format of syslog(3). Only Deno can send to one: the " +
      "executable that `deno compile` made, or the bundle by `deno run -A --unstable-net`. Elsewhere a warning says so, for " +
      "the default `/dev/log` only at the level DEBUG; have the server listen on `udp://127.0.0.1:514` instead.",
    ]),
    wrapText(
      "Without a port it is 514. A message has at most 8 KiB, a longer line is cut. While the server is away or slow up to " +
        "4 MiB wait, then the oldest are dropped; it is tried again after 1 s, doubling to 30 s. Standard error tells that it " +
        "is away, and both tell how many lines are missing when it is back. A line that was on its way when a connection " +
        "broke may be lost or come twice. At the end the program waits up to 2 s for the server.",
    ),
  ];
}
