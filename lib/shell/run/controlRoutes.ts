import type { CertificateState } from "../../core/status/CertificateState.ts";
import { metricsType } from "../../core/status/formatMetrics.ts";
import type { ControlRoutes } from "../haproxy/ControlServer.ts";
import type { StatusRecorder } from "../status/StatusRecorder.ts";

/** What HAProxy's Lua scripts can ask of us, for `/_mlb_signal/hup`, `/_mlb_signal/usr1`, `/_mlb_metrics` and the like. */
export function controlRoutes(
  tick: (reason: string) => void,
  status: Pick<StatusRecorder, "metrics" | "health" | "status">,
  certificates: () => Promise<readonly CertificateState[]>,
): ControlRoutes {
  const deliver = (signal: string) => () => {
    tick(signal);
    return { status: 200, type: "text/plain", body: `${signal} delivered\n` };
  };
  return {
    "POST /signal/hup": deliver("SIGHUP"),
    "POST /signal/usr1": deliver("SIGUSR1"),
    "GET /metrics": async () => ({
      status: 200,
      type: metricsType,
      body: status.metrics(await certificates()),
    }),
    "GET /health": () => {
      const { healthy, reasons } = status.health();
      const body = healthy ? "healthy\n" : `${reasons.join("\n")}\n`;
      return { status: healthy ? 200 : 503, type: "text/plain; charset=utf-8", body };
    },
    "GET /status": async () => ({
      status: 200,
      type: "application/json",
      body: status.status(await certificates()),
    }),
  };
}
