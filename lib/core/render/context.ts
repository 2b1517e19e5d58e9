import type { TemplateSet } from "../templates/templateSet.ts";
import type { AccessLog } from "./accessLog.ts";

/** What the renderer needs beside the services. */
export interface RenderContext {
  readonly templates: TemplateSet;
  /** Values of the global templates: addresses, directories, limits. */
  readonly head: HeadValues;
  /** Directory of `domain2backend.map` and `app2backend.map`. */
  readonly haproxyDir: string;
  /** `--backend-ca-dir`, with the files that the label `BACKEND_CA_FILE` names. */
  readonly backendCaDir: string;
  /** `--access-log`; undefined where it is off. */
  readonly accessLog?: AccessLog;
  /** False with `--dont-bind-http-https`. */
  readonly bindHttpHttps: boolean;
  readonly groupHttpsByVhost: boolean;
  readonly haproxyMap: boolean;
  /** Whether HAProxy can add backends at run time. With maps, their bodies are named `defaults` sections then. */
  readonly dynamicBackends: boolean;
  /** The suffix of names of frontends, for a HAProxy that accepts none equal to a backend's; else empty. */
  readonly frontendSuffix: "" | "_in";
  /** Whether HAProxy sends servers the name in the request's Host header, unless their line sets another. */
  readonly automaticSni: boolean;
  /** Certificates of the HTTPS frontend. */
  readonly sslCerts: readonly string[];
}

export interface HeadValues {
  /**
   * Whether this program supervises HAProxy. Lua endpoints, saved server state and limits of old workers only work
   * then.
   */
  readonly supervised: boolean;
  readonly workDir: string;
  readonly runDir: string;
  readonly stateDir: string;
  /** Where a worker finds the counters to begin with (`--keep-counters`); empty where they start over at each reload. */
  readonly countersFile: string;
  readonly adminBind: string;
  /**
   * Sources that may use all of the admin port, with spaces between; empty for all. Others get health and metrics only.
   */
  readonly adminAllow: string;
  readonly httpBind: string;
  readonly httpsBind: string;
  /** Where the HTTPS frontend speaks HTTP/3 (`--http3`), as `quic4@*:443`; empty where it does not. */
  readonly quicBind: string;
  /** The port of that. */
  readonly quicPort: string;
  readonly appidBind: string;
  /** The `option` lines of `defaults`. */
  readonly defaultOptions: readonly string[];
  /** Whether HAProxy's log goes to standard output. */
  readonly logToStdout: boolean;
  /** Whether it goes to the system's log otherwise. Without such a log, HAProxy would report errors. */
  readonly logToSyslog: boolean;
  readonly maxconn: number;
  /** Whether HAProxy refuses to start if its limits do not suffice. */
  readonly strictLimits: boolean;
  /** How long an old worker may keep connections open, as HAProxy writes times (`900s`). */
  readonly hardStopAfter: string;
  /** Reloads after which an old worker ends. */
  readonly mworkerMaxReloads: number;
}

const standard = "redispatch,http-server-close,dontlognull";

/**
 * The `option` lines of `defaults`, sorted, without repeats.
 *
 * @param list comma list of `$HAPROXY_GLOBAL_DEFAULT_OPTIONS`; the standard ones if it is not set
 */
export function defaultOptions(list: string | undefined): string[] {
  const options = (list ?? standard).split(",").map((option) => option.trim()).filter((option) =>
    option !== ""
  );
  return [...new Set(options)].sort();
}

/** The number of HAProxy's connections if the limits allow it, and the least number. */
const wanted = 50_000;
const least = 100;
/** File descriptors of everything else: listeners, sockets, logs. */
const reserve = 200;
const step = 1_000;
const advice = "raise LimitNOFILE (ulimit -Hn)";

/** HAProxy's limits in the configuration. */
export interface Limits {
  readonly maxconn: number;
  /** Whether HAProxy refuses to start if its limits do not suffice. */
  readonly strictLimits: boolean;
  /** For the operator. It changes in steps too, so that it stays the same while servers come and go. */
  readonly warning?: string;
}

/**
 * The `maxconn` that fits a limit of file descriptors. Each connection needs one for each side, each checked server
 * about two. HAProxy refuses to start when they do not suffice (configuration manual, section 3.1, `maxconn` and
 * `strict-limits`).
 *
 * It changes in steps, so that one server more or less changes nothing. If the limit does not even suffice for the
 * checks, HAProxy runs without strict limits rather than not at all.
 *
 * @param limit file descriptors that HAProxy can have; undefined when unknown
 * @param servers servers in the configuration
 */
export function fitLimits(limit: number | undefined, servers: number): Limits {
  if (limit === undefined || limit >= needed(wanted, servers)) return { maxconn: wanted, strictLimits: true };
  const room = (limit - needed(0, servers)) / 2;
  if (room < least) {
    const warning = `The file-descriptor limit is ${limit}, and the health checks of all servers take about ${
      roundUp(needed(least, servers))
    }: HAProxy runs without strict limits and with a maxconn of ${least}; ${advice}`;
    return { maxconn: least, strictLimits: false, warning };
  }
  const maxconn = room >= step ? Math.floor(room / step) * step : Math.floor(room);
  const warning = `maxconn is ${maxconn} instead of ${wanted}: the file-descriptor limit is ${limit}, about ${
    roundUp(needed(wanted, servers))
  } are needed; ${advice}`;
  return { maxconn, strictLimits: true, warning };
}

function needed(maxconn: number, servers: number): number {
  return 2 * maxconn + 2 * servers + reserve;
}

function roundUp(count: number): number {
  return Math.ceil(count / step) * step;
}
