import type { Service } from "../model/Service.ts";
import type { Chunk } from "../render/Configuration.ts";
import type { CheckStage } from "../haproxy/checkStage.ts";

/**
 * The services that HAProxy has not judged yet when it refuses a configuration: it stops reading at some errors, checks
 * sections only when all lines are read, and looks up addresses only when all sections are right. Only what is
 * written freely can be wrong there, so only services with templates of their own count.
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
    if (!service || service.templates.size === 0) continue;
    if (unread || service.templates.has("BACKEND_SERVER_OPTIONS")) services.add(service);
  }
  return services;
}
