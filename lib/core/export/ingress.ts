import type { Service } from "../model/service.ts";
import { labelLosses, type Loss } from "./losses.ts";
import {
  closedWays,
  type ExportContext,
  type ExportedObjects,
  type ExportedService,
  hasBackendTls,
  type KubernetesObject,
  matchesOf,
  nameOf,
  Names,
  serviceObjects,
} from "./objects.ts";

/** The Secret with the certificates for HTTPS. */
const secretName = "marathon-lb-tls";

/**
 * Services as Ingress objects (`networking.k8s.io/v1`), one for each service with vhosts. An Ingress has nothing but
 * hosts and paths; annotations differ between controllers, so none are written.
 *
 * @param services in their order
 */
export function exportIngress(services: readonly Service[], context: ExportContext): ExportedObjects {
  const names = new Names();
  const exported = services.map((service) => exportService(service, names, context));
  const hasRoutes = exported.some(({ objects }) => objects.some(({ kind }) => kind === "Ingress"));
  const preparations = hasRoutes
    ? [
      `Create the Secret ${secretName} of type kubernetes.io/tls, with the certificates of ${
        context.sslCerts.join(", ")
      }.`,
    ]
    : [];
  return {
    shared: [],
    services: exported,
    preparations,
    losses: exported.flatMap(({ losses }) => losses),
  };
}

function exportService(service: Service, names: Names, context: ExportContext): ExportedService {
  const { appId: app, mode, port, labels, frontend } = service;
  const name = nameOf(service, names);
  const losses: Loss[] = labelLosses(service, "ingress");
  const { hosts, paths } = matchesOf(service, "ingress", losses);
  const isRouted = mode === "http" && context.bindHttpHttps && hosts.length > 0 && paths.length > 0 &&
    !closedWays(labels).vhosts && !hasBackendTls(labels);
  if (frontend !== false) {
    const why =
      "an Ingress has no other ports than those of HTTP and HTTPS; the Service serves it in the cluster";
    losses.push({ kind: isRouted ? "differs" : "lost", app, subject: `the service port ${port}`, why });
  }
  const route: KubernetesObject = {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name },
    spec: {
      ingressClassName: context.className,
      tls: [{ hosts, secretName }],
      rules: hosts.map((host) => ({
        host,
        http: {
          paths: paths.map((path) => ({
            path,
            pathType: "Prefix",
            backend: { service: { name, port: { number: port } } },
          })),
        },
      })),
    },
  };
  return { objects: [...serviceObjects(service, name, losses), ...isRouted ? [route] : []], losses };
}
