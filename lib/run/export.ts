import { parseBindAddress } from "../core/addresses.ts";
import { exportGatewayApi } from "../core/export/gateway.ts";
import { exportHaproxy } from "../core/export/haproxy.ts";
import { exportIngress } from "../core/export/ingress.ts";
import { type Loss, lossText } from "../core/export/losses.ts";
import { type ExportContext, kubernetesText } from "../core/export/objects.ts";
import type { World } from "../core/explain/world.ts";
import type { ExportOptions } from "../core/flags/commands.ts";
import { compareText } from "../core/text.ts";
import { version } from "../core/version.ts";
import { ProblemLog } from "../shell/sync/progress.ts";
import type { CommandContext } from "./context.ts";
import { certificatePaths, generateOnce } from "./dry.ts";
import { lookForHaproxy, openListing } from "./parts.ts";
import { checkInScratch, withoutRefused } from "./scratchCheck.ts";

/** The exit code with `--strict` when a label has no effect in what was exported. */
const lossy = 3;

/**
 * `export`: prints what an instance with these flags would serve now, in a form that needs no instance. Problems of apps
 * and what is lost are logged. Resolves to the exit code.
 *
 * @throws {Error} of one line when Marathon or the file in its place cannot be read
 */
export async function runExport(options: ExportOptions, context: CommandContext): Promise<number> {
  const { format, strict } = options;
  const { logger } = context;
  const world = await readWorld(options, context);
  const { text, losses, preparations } = exportWorld(world, options, context);
  await context.print(text);
  new ProblemLog(logger).report(world.problems);
  for (const loss of losses) logger.warning(lossText(loss));
  for (const preparation of preparations) logger.info(preparation);
  const lost = losses.filter(({ kind }) => kind === "lost").length;
  const differs = losses.length - lost;
  logger.info(`Exported ${world.services.length} services as ${format}: ${lost} lost, ${differs} differ`);
  return strict && lost > 0 ? lossy : 0;
}

/** What would be served: the services that HAProxy accepts, where there is one to ask. */
async function readWorld(options: ExportOptions, context: CommandContext): Promise<World> {
  const found = await lookForHaproxy(options, context);
  const haproxy = "missing" in found ? undefined : found;
  const listing = await openListing(options, context);
  try {
    const { world } = await generateOnce(options, context, listing, { haproxy });
    if (haproxy === undefined || options.skipValidation || world.services.length === 0) return world;
    const { refused } = await checkInScratch(world.services, haproxy, options, context);
    return withoutRefused(world, refused);
  } finally {
    listing.close();
  }
}

interface Exported {
  readonly text: string;
  readonly losses: readonly Loss[];
  readonly preparations: readonly string[];
}

function exportWorld(
  { services: unsorted, render }: World,
  options: ExportOptions,
  { environment }: Pick<CommandContext, "environment">,
): Exported {
  const { format, groups } = options;
  // The order of the model: the same apps give the same text, whatever rules they have.
  const services = [...unsorted].sort((a, b) => compareText(a.appId, b.appId) || a.port - b.port);
  const head = [
    `Exported by marathon-lb ${version} --format ${format}, for --group ${groups.join(", ")}.`,
    "It has the tasks that ran at that time. Nothing updates it: export again when tasks have moved.",
  ];
  if (format === "haproxy") {
    const about = "The runtime socket, the server states and the endpoints of the controller are left out.";
    return { ...exportHaproxy(services, render, [...head, about]), preparations: [] };
  }
  const about = "Requests by app id and health checks of tasks are left out.";
  const objects = format === "ingress" ? exportIngress : exportGatewayApi;
  const exported = objects(services, contextOf(options, environment));
  return { ...exported, text: kubernetesText(exported, [...head, about]) };
}

function contextOf(options: ExportOptions, environment: CommandContext["environment"]): ExportContext {
  const { className, bindHttpHttps, groupHttpsByVhost, httpBind, httpsBind } = options;
  return {
    className,
    bindHttpHttps,
    groupHttpsByVhost,
    httpPort: parseBindAddress(httpBind)?.port ?? 80,
    httpsPort: parseBindAddress(httpsBind)?.port ?? 443,
    sslCerts: certificatePaths(options, environment),
    backendCaDir: options.backendCaDir ?? options.certDir,
  };
}
