import type { Service } from "../model/Service.ts";
import type { RenderedService } from "./renderService.ts";
import type { TemplateSet } from "../templates/TemplateSet.ts";

/** What the renderer needs to know beside the services. */
export interface RenderContext {
  readonly templates: TemplateSet;
  /** Values of the global templates: addresses, directories, limits. */
  readonly head: HeadValues;
  /** Directory of `domain2backend.map` and `app2backend.map`. */
  readonly haproxyDir: string;
  /** False with `--dont-bind-http-https`. */
  readonly bindHttpHttps: boolean;
  readonly groupHttpsByVhost: boolean;
  readonly haproxyMap: boolean;
  /** Behind the names of frontends, for a HAProxy that takes none of the same name as a backend; else empty. */
  readonly frontendSuffix: "" | "_in";
  /** Certificates of the HTTPS frontend. */
  readonly sslCerts: readonly string[];
  /** What services came to when they were rendered with the same context, apart from its limits. */
  readonly known?: WeakMap<Service, RenderedService>;
}

export interface HeadValues {
  /** Whether HAProxy runs under us: Lua endpoints, saved server state and limits of old workers only work then. */
  readonly supervised: boolean;
  readonly workDir: string;
  readonly runDir: string;
  readonly stateDir: string;
  readonly adminBind: string;
  /** Sources that may use the admin port for more than health and metrics, with spaces between; empty for all. */
  readonly adminAllow: string;
  readonly httpBind: string;
  readonly httpsBind: string;
  readonly appidBind: string;
  /** The `option` lines of `defaults`. */
  readonly defaultOptions: readonly string[];
  /** Whether HAProxy's log goes to standard output. */
  readonly logToStdout: boolean;
  /** Whether it goes to the system's log otherwise: where there is none, HAProxy complains of it. */
  readonly logToSyslog: boolean;
  readonly maxconn: number;
  /** Whether HAProxy refuses to start where its limits do not suffice. */
  readonly strictLimits: boolean;
  /** How long an old worker may keep connections open, as HAProxy writes times (`900s`). */
  readonly hardStopAfter: string;
  /** Reloads after which an old worker ends. */
  readonly mworkerMaxReloads: number;
}
