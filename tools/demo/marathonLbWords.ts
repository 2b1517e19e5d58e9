import { join } from "node:path";
import type { DemoPorts } from "./DemoPorts.ts";

/** The command line of marathon-lb: all that it writes goes under `directory`, all that it listens on is of this machine. */
export function marathonLbWords(
  { directory, haproxy, marathonUrl, ports }: {
    directory: string;
    /** Path of the HAProxy to run. */
    haproxy: string;
    marathonUrl: string;
    ports: DemoPorts;
  },
): string[] {
  const flags = {
    "--marathon": marathonUrl,
    "--group": "external",
    "--haproxy-binary": haproxy,
    "--work-dir": join(directory, "work"),
    "--run-dir": join(directory, "run"),
    "--state-dir": join(directory, "state"),
    "--cert-dir": join(directory, "certificates"),
    "--templates-dir": join(directory, "templates"),
    "--http-bind": `127.0.0.1:${ports.http}`,
    "--https-bind": `127.0.0.1:${ports.https}`,
    "--appid-bind": `127.0.0.1:${ports.appId}`,
    "--admin-bind": `127.0.0.1:${ports.admin}`,
    "--shutdown-timeout": "2",
    "--log-format": "json",
  };
  return ["sse", "--health-check", ...Object.entries(flags).flat()];
}
