/** Flags for what only some builds of HAProxy can do: what comes of them, and why one is ignored. */
import { join } from "node:path";
import type { Options } from "../core/flags/options.ts";
import { hasTrait } from "../core/haproxy/versions.ts";
import type { HeadValues } from "../core/render/context.ts";
import type { HaproxyBinary } from "../shell/haproxy/binary.ts";

type Haproxy = Omit<HaproxyBinary, "path">;

/** Why flags do nothing with this HAProxy, a line of the log for each of them. */
export function ignoredOptIns(options: Options, haproxy: Haproxy | undefined): string[] {
  const whys = [whyCountersStartOver(options, haproxy), whyNoHttp3(options, haproxy)];
  return whys.filter((why) => why !== undefined);
}

/** Where a HAProxy finds the counters of its predecessor; undefined where they start over at each reload. */
export function countersFile(
  { keepCounters, mode, stateDir }: Options,
  haproxy: Haproxy | undefined,
): string | undefined {
  if (!keepCounters || mode === "direct" || !haproxy) return undefined;
  return hasTrait(haproxy.version, "keptCounters") ? join(stateDir, "counters") : undefined;
}

/** Why `--keep-counters` does nothing, as a line of the log; undefined where it does what it says. */
function whyCountersStartOver(
  options: Options,
  haproxy: Haproxy | undefined,
): string | undefined {
  if (!options.keepCounters || countersFile(options, haproxy) !== undefined) return undefined;
  const reason = options.mode === "direct"
    ? "mode direct does not run HAProxy"
    : haproxy
    ? `HAProxy ${haproxy.version.text} cannot load counters, 3.0 and later can`
    : "there is no HAProxy to ask for its version";
  return `--keep-counters is ignored: ${reason}; counters start at 0 after each reload`;
}

/** Where HAProxy speaks HTTP/3; empty where it does not. */
export function quicAddress(
  options: Options,
  haproxy: Haproxy | undefined,
): Pick<HeadValues, "quicBind" | "quicPort"> {
  if (!options.http3 || whyNoHttp3(options, haproxy) !== undefined) return { quicBind: "", quicPort: "" };
  const { httpsBind } = options;
  const port = httpsBind.slice(httpsBind.lastIndexOf(":") + 1);
  return { quicBind: `${httpsBind.startsWith("[") ? "quic6" : "quic4"}@${httpsBind}`, quicPort: port };
}

/** Why `--http3` does nothing, as a line of the log; undefined where it does what it says. */
function whyNoHttp3(
  { http3, bindHttpHttps, groupHttpsByVhost }: Options,
  haproxy: Haproxy | undefined,
): string | undefined {
  if (!http3 || haproxy?.quic && bindHttpHttps && !groupHttpsByVhost) return undefined;
  const reason = !bindHttpHttps
    ? "--dont-bind-http-https leaves out the HTTPS frontend"
    : groupHttpsByVhost
    ? "--group-https-by-vhost hands TLS on over TCP"
    : haproxy
    ? `HAProxy ${haproxy.version.text} is built without QUIC, choose another with --haproxy-binary`
    : "there is no HAProxy to ask whether it is built with QUIC";
  return `--http3 is ignored: ${reason}; HTTPS serves HTTP/2 and HTTP/1.1`;
}
