import { compareText } from "../model/compareText.ts";
import { cleanName } from "./cleanName.ts";
import type { Chunk } from "./Configuration.ts";
import type { Frontend } from "./Frontend.ts";
import { hostMatch, isWildcard } from "./hostMatch.ts";
import type { RenderContext } from "./RenderContext.ts";
import type { RenderedService } from "./renderService.ts";

/** The sections of the global templates, which a vhost named `stats` must not repeat. */
const sharedSections = ["stats", "marathon_http_in", "marathon_http_appid_in", "marathon_https_in"];

interface Group {
  readonly rules: { weight: number; chunk: Chunk }[];
  readonly certificates: Set<string>;
  readonly bindOptions: Set<string>;
}

/**
 * Port 443 with `--group-https-by-vhost`: a TCP frontend that reads the server name and hands each vhost to a TLS
 * frontend of its own over an abstract socket, so that each vhost has its own certificates and bind options.
 */
export function renderGroupedHttps(rendered: readonly RenderedService[], context: RenderContext): Frontend[] {
  const { templates } = context;
  const groups = [...groupByHost(rendered)].sort(([a], [b]) =>
    // A wildcard would take the hosts that are named behind it.
    Number(isWildcard(a)) - Number(isWildcard(b)) || compareText(a, b)
  );
  const entrance: Chunk[] = [{ text: templates.render("HTTPS_GROUPED_FRONTEND_HEAD", context.head) }];
  const names = nameHosts(groups.map(([host]) => host), rendered);
  for (const [host] of groups) {
    const values = { backend: names.get(host)!, host, hostMatch: hostMatch(host) };
    entrance.push({ text: templates.render("HTTPS_GROUPED_VHOST_FRONTEND_ACL", values) });
  }
  const vhosts: Chunk[] = [];
  for (const [host, group] of groups) {
    const name = names.get(host)!;
    const certificates = group.certificates.size > 0 ? group.certificates : context.sslCerts;
    const bindOpts = [...group.bindOptions].map((options) => `  ${options}`).join("");
    const values = {
      frontend: name + context.frontendSuffix,
      name,
      sslCerts: [...certificates].map((file) => `crt ${file}`).join(" "),
      alpn: /\balpn\b/.test(bindOpts) ? "" : " alpn h2,http/1.1",
      bindOpts,
    };
    vhosts.push(
      { text: templates.render("HTTPS_GROUPED_VHOST_BACKEND_HEAD", { name }) },
      { text: templates.render("HTTPS_GROUPED_VHOST_FRONTEND_HEAD", values) },
      ...group.rules.sort((a, b) => b.weight - a.weight).map((rule) => rule.chunk),
    );
  }
  return [{ mode: "tcp", chunks: entrance }, { mode: "http", chunks: vhosts }];
}

/** One name for each host: HAProxy refuses a file with two sections of one name, as `a.b` and `a_b` would make. */
function nameHosts(hosts: readonly string[], rendered: readonly RenderedService[]): Map<string, string> {
  const taken = new Set([...sharedSections, ...rendered.map(({ names }) => names.backend)]);
  return new Map(hosts.map((host) => {
    let name = cleanName(host);
    while (taken.has(name)) name += "_";
    taken.add(name);
    return [host, name];
  }));
}

function groupByHost(rendered: readonly RenderedService[]): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const { service, vhosts } of rendered) {
    for (const host of vhosts?.hosts ?? []) {
      const group = groups.get(host) ?? { rules: [], certificates: new Set(), bindOptions: new Set() };
      groups.set(host, group);
      const { SSL_CERT, BIND_OPTIONS } = service.labels;
      if (SSL_CERT) group.certificates.add(SSL_CERT);
      if (BIND_OPTIONS) group.bindOptions.add(BIND_OPTIONS);
      group.rules.push({ weight: vhosts!.weight, chunk: { text: vhosts!.httpsByHost.get(host)!, service } });
    }
  }
  return groups;
}
