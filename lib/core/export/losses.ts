import type { ServiceLabels } from "../labels/readLabels.ts";
import type { Service } from "../model/service.ts";
import { escapeUnprintable } from "../text.ts";

/** The kinds of Kubernetes objects that routes can be exported as. */
export type RouteFormat = "gateway-api" | "ingress";

/** What an export does not carry over as it is. */
export interface Loss {
  /** `lost`: without effect there. `differs`: carried over, with another effect in some cases. */
  readonly kind: "lost" | "differs";
  readonly app: string;
  /** The whole name of the label, or what else is meant: a service port, a task. */
  readonly subject: string;
  /** The reason, as a clause. */
  readonly why: string;
}

/** A loss as a line for people. */
export function lossText({ kind, app, subject, why }: Loss): string {
  return escapeUnprintable(`${app}: ${subject} ${kind === "lost" ? "is lost" : "differs"}: ${why}`);
}

const byController = "only extensions of a controller can do it";
const byAnnotation = "only annotations of a controller can do it";
const closed = "the routes that it protects are left out, as they would be open";
const ownTimes = "the controller has timeouts of its own";

type Reason = string | { readonly [Format in RouteFormat]?: string };

/**
 * Why a label has no effect in Kubernetes objects. None is given where it is carried over, or where its value decides:
 * `gateway.ts` and `ingress.ts` find those. A new label does not compile until it has a row here.
 */
const reasons: Readonly<Record<keyof ServiceLabels, Reason>> = {
  GROUP: {},
  ENABLED: {},
  VHOST: {},
  PATH: {},
  PORT: {},
  EXPOSE_PORT: {},
  MODE: {},
  BACKEND_WEIGHT: "the most specific host and path come first, whatever the weight",
  AUTH: closed,
  AUTH_EVERYWHERE: closed,
  BACKEND_NETWORK_ALLOWED_ACL: closed,
  STICKY: byController,
  REDIRECT_TO_HTTPS: { ingress: byAnnotation },
  USE_HSTS: { ingress: byAnnotation },
  SSL_CERT: { ingress: "a service port has no listener of its own" },
  BIND_OPTIONS: "a listener has no such options",
  BIND_ADDR: "the controller decides on the addresses",
  BALANCE: "the controller decides how it distributes requests",
  HTTP_BACKEND_PROXYPASS_PATH: { ingress: byAnnotation },
  HTTP_BACKEND_REVPROXY_PATH: byController,
  HTTP_BACKEND_REDIR: { ingress: byAnnotation },
  BACKEND_HEALTHCHECK_PORT_INDEX: "nothing checks the tasks of an EndpointSlice",
  RATE_LIMIT: byController,
  MAXCONN: byController,
  RETRIES: byController,
  REDISPATCH: byController,
  TIMEOUT_CONNECT: ownTimes,
  TIMEOUT_SERVER: ownTimes,
  TIMEOUT_QUEUE: ownTimes,
  TIMEOUT_TUNNEL: ownTimes,
  TIMEOUT_CLIENT: ownTimes,
  TIMEOUT_HTTP_REQUEST: ownTimes,
  TIMEOUT_HTTP_KEEP_ALIVE: ownTimes,
  BACKEND_PROTO: { ingress: byAnnotation },
  BACKEND_TLS: { ingress: "requests would reach the tasks without TLS; its routes are left out" },
  BACKEND_CA_FILE: { ingress: byAnnotation },
  BACKEND_SNI: { ingress: byAnnotation },
  TRAFFIC_SHARE: { ingress: byAnnotation },
  TRAFFIC_SHARE_STICKY: byController,
  SNI_PASSTHROUGH: { ingress: "an Ingress cannot pass TLS through; its vhosts are left out" },
};

/** Values that ask for what happens anyway. */
const idle: { readonly [Name in keyof ServiceLabels]?: unknown } = {
  BALANCE: "roundrobin",
  BACKEND_PROTO: "h1",
  BACKEND_TLS: "false",
};

/** The labels of a service that its format cannot express, in the order of the label table's names in `labels`. */
export function labelLosses(service: Service, format: RouteFormat): Loss[] {
  const { appId: app, index, labels, templates, inDeploymentGroup } = service;
  const losses: Loss[] = [];
  const lose = (name: string, why: string) =>
    losses.push({ kind: "lost", app, subject: labelName(index, name), why });
  for (const [name, value] of Object.entries(labels) as [keyof ServiceLabels, unknown][]) {
    if (value === undefined || value === false || value === idle[name]) continue;
    const reason = reasons[name];
    const why = typeof reason === "string" ? reason : reason[format];
    if (why !== undefined) lose(name, why);
  }
  for (const name of templates.keys()) lose(name, "a template is text for HAProxy");
  return inDeploymentGroup ? [...losses, deploymentLoss(service)] : losses;
}

/** A deployment that is under way is exported as it stands at present. */
export function deploymentLoss({ appId: app }: Pick<Service, "appId">): Loss {
  const why = "both versions are exported with the tasks that they have now; finish the deployment first";
  return { kind: "differs", app, subject: "HAPROXY_DEPLOYMENT_GROUP", why };
}

/** The whole name of a service's label. */
export function labelName(index: number, name: string): string {
  return `HAPROXY_${index}_${name}`;
}
