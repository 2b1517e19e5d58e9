import type { Service } from "../model/Service.ts";
import { cookieValue } from "./cookieValue.ts";
import { healthCheckValues } from "./healthCheckValues.ts";
import type { RenderContext } from "./RenderContext.ts";
import { serverId } from "./serverId.ts";
import { serverName } from "./serverName.ts";

/** Renders how the backend of a service is checked, and its `server` lines. */
export function renderServers(service: Service, { templates }: RenderContext): string {
  const { healthCheck, checkPorts, backends } = service;
  const kind = healthCheck && checkKind(service.mode, healthCheck.protocol);
  let text = "";
  if (healthCheck && kind) {
    const port = checkPorts?.[0] ?? backends[0]?.port;
    text += templates.render(
      `BACKEND_${kind}_HEALTHCHECK_OPTIONS`,
      healthCheckValues(healthCheck, port),
      service,
    );
  }

  const taken = new Set<number>();
  for (const [rank, backend] of backends.entries()) {
    const name = serverName(backend);
    const options = healthCheck && kind
      ? templates.render(
        `BACKEND_SERVER_${kind}_HEALTHCHECK_OPTIONS`,
        healthCheckValues(healthCheck, checkPorts?.[rank] ?? healthCheck.port),
        service,
      )
      : "";
    text += templates.render("BACKEND_SERVER_OPTIONS", {
      host: backend.host,
      host_ipv4: backend.ip,
      port: backend.port,
      serverName: name,
      serverId: serverId(name, taken),
      cookieOptions: service.labels.STICKY ? ` check cookie ${cookieValue(name)}` : "",
      healthCheckOptions: options.trim() === "" ? "" : ` ${options.trim()}`,
      otherOptions: backend.draining ? " disabled" : "",
    }, service);
  }
  return text;
}

function checkKind(mode: Service["mode"], protocol: string): "TCP" | "HTTP" {
  return mode === "tcp" || protocol === "TCP" || protocol === "MESOS_TCP" ? "TCP" : "HTTP";
}
