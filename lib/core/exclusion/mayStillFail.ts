import type { CheckStage } from "../haproxy/checkStage.ts";
import type { Service } from "../model/Service.ts";
import type { Chunk } from "../render/Configuration.ts";

/**
 * The services that HAProxy has not judged yet when it refuses a configuration: it stops reading at some errors, checks
 * sections only when all lines are read, and looks up addresses only when all sections are right. Only services count that
 * may well be wrong there: those with templates of their own, with addresses for an ACL, at a mistake in which HAProxy stops
 * reading, or with a vhost for TCP, whose backend no HTTP frontend can use.
 *
 * @param stage where HAProxy stopped
 * @param lastLine the last line it complained about
 */
export function mayStillFail(
  chunks: readonly Chunk[],
  stage: CheckStage,
  lastLine: number,
): Set<Service> {
  const services = new Set<Service>();
  if (stage === "start") return services;
  let line = 1;
  for (const { text, service } of chunks) {
    const unread = stage === "parse" && line > lastLine;
    line += text.split("\n").length - 1;
    if (!service) continue;
    const { templates, labels, mode } = service;
    if (
      unread && (templates.size > 0 || labels.BACKEND_NETWORK_ALLOWED_ACL) ||
      stage === "parse" && mode === "tcp" && labels.VHOST ||
      templates.has("BACKEND_SERVER_OPTIONS")
    ) services.add(service);
  }
  return services;
}
