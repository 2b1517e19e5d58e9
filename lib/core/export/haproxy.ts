import { createHash } from "node:crypto";
import { luaScripts } from "../haproxy/luaScripts.ts";
import type { Service } from "../model/service.ts";
import type { RenderContext } from "../render/context.ts";
import { servicesIn } from "../render/configuration.ts";
import { renderConfiguration } from "../render/renderConfiguration.ts";
import { deploymentLoss, type Loss, lossText } from "./losses.ts";
import { commentsText } from "./objects.ts";

/** A configuration that HAProxy runs alone. */
export interface ExportedConfiguration {
  readonly text: string;
  readonly losses: readonly Loss[];
}

/**
 * The socket between the two frontends of the HTTPS port: an abstract one, as it needs no directory. All processes of a
 * machine share these names, so it contains what differs between two load balancers.
 */
function innerSocket({ runDir, httpsBind }: RenderContext["head"]): string {
  return `abns@marathon_https_${
    createHash("sha1").update(`${runDir} ${httpsBind}`).digest("hex").slice(0, 10)
  }`;
}

/**
 * The configuration of these services without all that only a controller uses: its runtime socket, saved server states,
 * Lua and maps. Files are named by their paths.
 *
 * @param head comments for its top
 */
export function exportHaproxy(
  services: readonly Service[],
  render: RenderContext,
  head: readonly string[],
): ExportedConfiguration {
  const context: RenderContext = {
    ...render,
    haproxyMap: false,
    // Any version accepts names that differ.
    frontendSuffix: "_in",
    // The limits of the machine that runs it are not known.
    head: { ...render.head, supervised: false, strictLimits: false },
  };
  const configuration = renderConfiguration(services, context);
  const weights = weightsIn(configuration.maps["share.map"] ?? "");
  const text = standalone(configuration.text, render.head, weights);
  const losses = servicesIn(configuration)
    .filter((service, rank, all) =>
      service.inDeploymentGroup && all.findIndex(({ appId }) => appId === service.appId) === rank
    )
    .map(deploymentLoss);
  const comments = [...head, ...neededFiles(text), ...losses.map(lossText)];
  return { text: commentsText(comments) + text, losses };
}

/** The names that the Lua scripts of a controller register: services, and a filter. */
const luaNames = ["mlbmetrics", "mlbhealth", "mlbstatus", "mlbpage", "getpids", "getconfig", "statscsv"]
  .concat("getvhostmap", "getappmap", "signalmlbhup", "signalmlbusr1");
const scriptNames = Object.keys(luaScripts).map((name) => name.replace(".", "[.]")).join("|");

/** Lines of the controller, also in an operator's own copy of the template `HAPROXY_HEAD`. */
const controllerLines = [
  /^\s*(?:server-state-file|server-state-base|load-server-state-from-file)\b/,
  new RegExp(`^\\s*lua-load(?:-per-thread)?\\s.*\\b(?:${scriptNames})`),
  new RegExp(`^\\s*(?:filter|http-request\\s+use-service)\\s+lua[.](?:${luaNames.join("|")})\\b`),
];

/** The lines of a map by their keys. */
function weightsIn(map: string): ReadonlyMap<string, string> {
  return new Map(
    map.split("\n").filter((line) => line !== "").map((line) => {
      const [key = "", weight = ""] = line.split(" ");
      return [key, weight];
    }),
  );
}

/** The look-up of a weight, which is a number where no map changes it. */
const weightLookup = /\bstr\(([^()]*)\),map_str_int\([^()]*\/share\.map,0\)/g;

function standalone(
  text: string,
  head: RenderContext["head"],
  weights: ReadonlyMap<string, string>,
): string {
  const own = `${head.runDir}/`;
  const inner = `unix@${own}https`;
  return text.split("\n").filter((line) =>
    !controllerLines.some((pattern) => pattern.test(line)) &&
    !(/^\s*stats\s+socket\s/.test(line) && line.includes(own))
  ).map((line) =>
    line.includes(inner)
      ? line.replace(inner, innerSocket(head)).replace(/ mode 600(?: user [\w-]+)?(?= accept-proxy)/, "")
      : line.replaceAll(weightLookup, (_, key: string) => `int(${weights.get(key) ?? 0})`)
  ).join("\n");
}

/** The files that a configuration names, a line each. */
function neededFiles(text: string): string[] {
  const files = text.matchAll(/\s(?:crt|ca-file|crl-file)\s+([^\s@]\S*)/g);
  return [...new Set([...files].map(([, file]) => `It needs the file ${file}.`))].sort();
}
