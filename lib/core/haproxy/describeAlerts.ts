import { parseCheckOutput } from "./parseCheckOutput.ts";
import { describeCheckMessage } from "./describeCheckMessage.ts";

/** What to do where HAProxy may not open a port. Unix sockets, which are a matter of directories, are told otherwise. */
const forbidden = /cannot bind socket \(Permission denied\)/;
const advice =
  "HAProxy has the privileges of marathon-lb: give that the capability CAP_NET_BIND_SERVICE, or choose " +
  "ports from 1024 on (--http-bind, --https-bind and the like, and HAPROXY_{n}_PORT)";

/** The alerts in what HAProxy wrote while it loaded, on one line, with what to do; empty when there are none. */
export function describeAlerts(output: string): string {
  const alerts = parseCheckOutput(output)
    .filter(({ severity }) => severity === "alert")
    .map(describeCheckMessage);
  return [...alerts, ...alerts.some((alert) => forbidden.test(alert)) ? [advice] : []].join("; ");
}
