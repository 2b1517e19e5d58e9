import { lintRules } from "../directives/lint.ts";
import { describeRefused, describeReplaced, modernise } from "../directives/modernise.ts";
import type { Service } from "../model/service.ts";
import { quoted } from "../text.ts";
import { renderBackend, timeoutsOf } from "./backend.ts";
import { type SplitBackend, splitBackend } from "./bodies.ts";
import { accessLogLines } from "./accessLog.ts";
import type { RenderContext } from "./context.ts";
import { withGuids } from "./guids.ts";
import { bindAddressText, nameApart, type ServiceNames } from "./names.ts";
import { type Lookup, lookupTemplate, type RenderedVhosts, renderVhostRules } from "./vhosts.ts";

/** Everything that one service adds to the configuration, independent of other services. */
export interface RenderedService {
  readonly service: Service;
  readonly names: ServiceNames;
  readonly userlist: string;
  readonly vhosts?: RenderedVhosts;
  readonly appIdRule: string;
  /** Empty if another app has its port. */
  readonly frontend: string;
  readonly backend: string;
  /** The backend in two parts, where HAProxy can add backends and its body may be shared. */
  readonly split?: SplitBackend;
  /** Notes for its owner, a sentence each. */
  readonly warnings: readonly string[];
}

/** The results for services that were rendered with the same context, apart from its limits. */
export type RenderedServices = WeakMap<Service, RenderedService>;

/**
 * Renders one service.
 *
 * @throws {RangeError} when a template in its labels cannot be rendered
 */
export function renderService(
  service: Service,
  names: ServiceNames,
  context: RenderContext,
): RenderedService {
  const { templates } = context;
  const { labels, mode } = service;
  const { backend } = names;
  const userlist = labels.AUTH
    ? templates.render(
      "USERLIST_HEAD",
      { backend, user: labels.AUTH.user, passwd: labels.AUTH.password.text },
      service,
    )
    : "";
  const ownHead = templates.render("FRONTEND_HEAD", {
    frontend: backend + context.frontendSuffix,
    backend,
    bindAddr: bindAddressText(service),
    servicePort: service.port,
    mode,
    sslCert: labels.SSL_CERT ? ` ssl crt ${labels.SSL_CERT}` : "",
    bindOptions: labels.BIND_OPTIONS ? ` ${labels.BIND_OPTIONS}` : "",
  }, service);
  const head = nameApart(ownHead, backend, context.frontendSuffix);
  const glue = templates.render("FRONTEND_BACKEND_GLUE", { backend }, service);
  const isHttp = mode === "http";
  const timeouts = timeoutsOf({
    client: labels.TIMEOUT_CLIENT,
    "http-request": isHttp ? labels.TIMEOUT_HTTP_REQUEST : undefined,
    "http-keep-alive": isHttp ? labels.TIMEOUT_HTTP_KEEP_ALIVE : undefined,
  });
  const frontendTimeouts = timeouts.length > 0 ? templates.render("FRONTEND_TIMEOUTS", { timeouts }) : "";
  const modern = new Moderniser(service);
  const vhosts = context.bindHttpHttps ? renderVhostRules(service, names, context) : undefined;
  return {
    service,
    names,
    userlist: modern.bring(userlist),
    vhosts: vhosts && modernVhosts(vhosts, modern),
    appIdRule: mode === "http" ? modern.bring(renderAppIdRule(service, names, context)) : "",
    frontend: service.frontend === false ? "" : finish(
      templates.section(
        "FRONTEND_HEAD",
        head,
        accessLogLines(mode, context.accessLog) + frontendTimeouts + glue,
        service,
      ),
      modern,
      context,
    ),
    ...backendOf(service, names, modern, context),
    warnings: modern.warnings,
  };
}

/** The backend of a service, whole and in two parts. @throws as {@link renderService} */
export function backendOf(
  service: Service,
  names: ServiceNames,
  modern: Moderniser,
  context: RenderContext,
): Pick<RenderedService, "backend" | "split"> {
  const backend = finish(renderBackend(service, names, context), modern, context);
  if (!context.haproxyMap || !context.dynamicBackends || service.templates.size > 0) return { backend };
  return { backend, split: splitBackend(backend, names.backend, [names.backend, `str(${service.appId})`]) };
}

/** Brings the whole sections of a service, as its templates rendered them, to what stands in the configuration. */
export function finish(sections: string, modern: Moderniser, { head }: RenderContext): string {
  const text = modern.bring(sections);
  return head.countersFile === "" ? text : withGuids(text);
}

function modernVhosts(vhosts: RenderedVhosts, modern: Moderniser): RenderedVhosts {
  const { http, https, httpsByHost, httpLookup, httpsLookup } = vhosts;
  const modernLookup = ({ last, followed }: Lookup): Lookup => ({
    last: modern.bring(last),
    followed: modern.bring(followed),
  });
  return {
    ...vhosts,
    http: modern.bring(http),
    https: modern.bring(https),
    httpsByHost: new Map([...httpsByHost].map(([host, rules]) => [host, modern.bring(rules)])),
    httpLookup: httpLookup && modernLookup(httpLookup),
    httpsLookup: httpsLookup && modernLookup(httpsLookup),
  };
}

/** A label may have thousands of lines, and each would be a line in the log. */
const mostWarnings = 20;

/**
 * Adapts the output of a service's own templates to current HAProxy: removed directives become equivalents. Sections of
 * a service without own templates stay as they are.
 */
export class Moderniser {
  readonly #warnings = new Set<string>();
  /** The template labels by their lines, and by the first words of their lines. */
  #origins: ReadonlyMap<string, string> | undefined;

  constructor(private readonly service: Service) {}

  /** A sentence for each line that was replaced. */
  get warnings(): readonly string[] {
    const all = [...this.#warnings];
    const more = all.length - mostWarnings;
    if (more <= 0) return all;
    return [
      ...all.slice(0, mostWarnings),
      `${more} more lines of its templates are replaced in the same way`,
    ];
  }

  /**
   * @param section one whole section, or all rules of the service in a shared one: their order counts
   * @throws {RangeError} when a line has no equivalent, or HAProxy would stop at it. The message names the label, the
   * line and what to write
   */
  bring(section: string): string {
    if (this.service.templates.size === 0) return section;
    const { text, replaced, refused } = modernise(section);
    const [first] = refused;
    if (first) throw new RangeError(describeRefused(this.#origin(first.line), first));
    for (const line of replaced) this.#warnings.add(describeReplaced(this.#origin(line.line), line));
    const [mistake] = lintRules(text);
    if (mistake) {
      throw new RangeError(`${this.#origin(mistake.line)} has ${quoted(mistake.line)}: ${mistake.expected}`);
    }
    return text;
  }

  /** The label of a rendered line, if it is known. */
  #origin(line: string): string {
    const keyword = line.split(/\s/)[0]!;
    const origins = this.#origins ??= originsOf(this.service.templates);
    const name = origins.get(line) ?? origins.get(keyword);
    return name === undefined ? "a template label" : `HAPROXY_${this.service.index}_${name}`;
  }
}

function originsOf(templates: Service["templates"]): ReadonlyMap<string, string> {
  const origins = new Map<string, string>();
  for (const [name, text] of templates) {
    for (const own of text.split("\n")) {
      const line = own.trim();
      for (const key of [line, line.split(/\s/)[0]!]) if (!origins.has(key)) origins.set(key, name);
    }
  }
  return origins;
}

/** Renders the rule that finds the service by its app id; with maps, the look-up that replaces all of them. */
export function renderAppIdRule(service: Service, names: ServiceNames, context: RenderContext): string {
  const template = context.haproxyMap
    ? lookupTemplate("MAP_HTTP_FRONTEND_APPID_ACL", service)
    : "HTTP_FRONTEND_APPID_ACL";
  return context.templates.render(template, {
    haproxy_dir: context.haproxyDir,
    cleanedUpAppId: names.appAcl,
    hostname: service.labels.VHOST?.join(",") ?? "",
    appId: service.appId,
    backend: names.backend,
  }, service);
}
