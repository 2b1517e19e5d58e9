import type { Service } from "../model/Service.ts";
import type { Problem } from "../problem/Problem.ts";
import { assembled } from "./assembled.ts";
import type { Chunk, Configuration } from "./Configuration.ts";
import { collectAppIds } from "./collectAppIds.ts";
import { DefaultsSwitch } from "./DefaultsSwitch.ts";
import type { Frontend } from "./Frontend.ts";
import { nameServices, type ServiceNames } from "./nameServices.ts";
import { orderVhostRules } from "./orderVhostRules.ts";
import type { RenderContext } from "./RenderContext.ts";
import { renderGroupedHttps } from "./renderGroupedHttps.ts";
import { type RenderedService, renderService } from "./renderService.ts";
import { renderVhostMap } from "./renderVhostMap.ts";

/**
 * Renders the whole configuration: the same services give the same bytes, on every instance.
 *
 * @param services in the order of (app id, port), as `buildServices` returns them
 */
export function renderConfiguration(services: readonly Service[], context: RenderContext): Configuration {
  const { rendered, problems } = renderServices(services, context);
  const vhosts = orderVhostRules(rendered);
  const appIds = collectAppIds(rendered, context);
  const head = context.templates.render("HEAD", context.head);
  const shared = (name: "HTTP_FRONTEND_HEAD" | "HTTP_FRONTEND_APPID_HEAD"): Chunk => ({
    text: context.templates.render(name, context.head),
  });
  const httpFrontend: Frontend = { mode: "http", chunks: [shared("HTTP_FRONTEND_HEAD"), ...vhosts.http] };
  const frontends: Frontend[] = [
    ...(context.bindHttpHttps ? [httpFrontend] : []),
    { mode: "http", chunks: [shared("HTTP_FRONTEND_APPID_HEAD"), ...appIds.chunks] },
    ...(context.bindHttpHttps ? renderHttps(rendered, vhosts.https, context) : []),
    ...rendered.map(({ service, frontend }): Frontend => ({
      mode: service.mode,
      chunks: [{ text: frontend, service }],
    })),
  ];

  const defaults = new DefaultsSwitch(head);
  const chunks: Chunk[] = [
    { text: head },
    ...rendered.map(({ service, userlist }) => ({ text: userlist, service })),
    ...frontends.flatMap(({ mode, chunks }) => [...defaults.before(mode), ...chunks]),
    ...rendered.map(({ service, backend }): Chunk => ({ text: backend, service, backend: true })),
  ].filter((chunk) => chunk.text !== "");

  return assembled({
    chunks,
    maps: { "domain2backend.map": renderVhostMap(rendered), "app2backend.map": appIds.map },
    problems,
  });
}

/**
 * A service whose templates fail is left out, not the configuration.
 *
 * @throws {RangeError} when that leaves nothing: then the operator's templates are wrong, and not the services
 */
function renderServices(services: readonly Service[], context: RenderContext) {
  const names = nameServices(services);
  const rendered: RenderedService[] = [];
  const problems: Problem[] = [];
  let failure: RangeError | undefined;
  for (const service of services) {
    const { appId: app, index } = service;
    try {
      const one = renderOnce(service, names.get(service)!, context);
      rendered.push(one);
      for (const warning of one.warnings) {
        problems.push({ severity: "warning", app, index, message: `${app}: service ${index}: ${warning}` });
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      if (service.templates.size === 0) failure ??= error;
      const message = `${app}: service ${index} is left out: ${error.message}`;
      problems.push({ severity: "excluded", app, index, message });
    }
  }
  if (failure && rendered.length === 0) throw failure;
  return { rendered, problems };
}

/** A service that was rendered under the same names before came to the same. */
function renderOnce(service: Service, names: ServiceNames, context: RenderContext): RenderedService {
  const known = context.known?.get(service);
  if (known && sameNames(known.names, names)) return known;
  const rendered = renderService(service, names, context);
  context.known?.set(service, rendered);
  return rendered;
}

function sameNames(a: ServiceNames, b: ServiceNames): boolean {
  return a.backend === b.backend && a.vhostAcl === b.vhostAcl && a.appAcl === b.appAcl;
}

function renderHttps(
  rendered: readonly RenderedService[],
  rules: readonly Chunk[],
  context: RenderContext,
): Frontend[] {
  if (context.groupHttpsByVhost) return renderGroupedHttps(rendered, context);
  const sslCerts = context.sslCerts.map((file) => `crt ${file}`).join(" ");
  const head = context.templates.render("HTTPS_FRONTEND_HEAD", { ...context.head, sslCerts });
  return [{ mode: "http", chunks: [{ text: head }, ...rules] }];
}
