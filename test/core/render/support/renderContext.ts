import type { RenderContext } from "../../../../lib/core/render/context.ts";
import { TemplateSet } from "../../../../lib/core/templates/templateSet.ts";

const templates = new TemplateSet();

/** The defaults of mode direct, with what a test wants to be different. */
export function renderContext(members: Partial<RenderContext> = {}): RenderContext {
  return {
    templates,
    haproxyDir: "/etc/haproxy",
    backendCaDir: "/etc/ssl",
    bindHttpHttps: true,
    groupHttpsByVhost: false,
    haproxyMap: false,
    dynamicBackends: false,
    frontendSuffix: "",
    automaticSni: false,
    sslCerts: ["/etc/ssl/cert.pem"],
    head: {
      supervised: false,
      workDir: "/marathon-lb",
      runDir: "/var/run/haproxy",
      stateDir: "/var/state/haproxy",
      countersFile: "",
      adminBind: ":9090",
      adminAllow: "",
      httpBind: "*:80",
      httpsBind: "*:443",
      quicBind: "",
      quicPort: "",
      appidBind: "*:9091",
      defaultOptions: ["dontlognull", "http-server-close", "redispatch"],
      logToStdout: false,
      logToSyslog: true,
      maxconn: 50_000,
      strictLimits: true,
      hardStopAfter: "900s",
      mworkerMaxReloads: 10,
    },
    ...members,
  };
}
