import { readServiceLabels } from "../labels/readServiceLabels.ts";
import type { App } from "../marathon/App.ts";
import type { Problem } from "../problem/Problem.ts";
import { quoted } from "../problem/quoted.ts";
import { readTemplateLabels } from "../templates/readTemplateLabels.ts";
import { checkPorts } from "./checkPorts.ts";
import { compareText } from "./compareText.ts";
import { findHealthCheck } from "./findHealthCheck.ts";
import type { LiveTask } from "./liveTasks.ts";
import type { ModelContext } from "./ModelContext.ts";
import { resolveMode } from "./resolveMode.ts";
import type { Backend, Service } from "./Service.ts";
import { splitList } from "../labels/splitList.ts";

/**
 * The services of one app that have a backend, in the order of their index.
 *
 * @param ports its service ports; undefined where none could be assigned
 * @param live its tasks that take traffic; the i-th port of a task is a backend of the i-th service
 */
export function buildAppServices(
  app: App,
  ports: readonly (number | undefined)[],
  live: readonly LiveTask[],
  context: Pick<ModelContext, "strictMode" | "templateLabels">,
): { services: Service[]; problems: Problem[] } {
  const services: Service[] = [];
  const problems: Problem[] = [];
  for (const [index, port] of ports.entries()) {
    if (port === undefined) {
      const message = `${app.id}: service ${index} gets no port: the range for IP-per-task apps is full;` +
        " widen --min-serv-port-ip-per-task and --max-serv-port-ip-per-task";
      problems.push({ severity: "warning", app: app.id, index, message });
      continue;
    }
    const backends = backendsOf(live, index);
    if (backends.length === 0) continue;
    try {
      const { templates, warnings } = readTemplateLabels(app, index, context.templateLabels);
      services.push(buildService(app, index, port, { backends, templates, strictMode: context.strictMode }));
      for (const warning of warnings) {
        const message = `${app.id}: service ${index}: ${warning}`;
        problems.push({ severity: "warning", app: app.id, index, message });
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const message = `${app.id}: service ${index} is left out: ${error.message}`;
      problems.push({ severity: "excluded", app: app.id, index, message });
    }
  }
  return { services: checkPorts(services), problems };
}

function buildService(
  app: App,
  index: number,
  servicePort: number,
  rest: Pick<Service, "backends" | "templates"> & { strictMode: boolean },
): Service {
  const { backends, templates, strictMode } = rest;
  const labels = readServiceLabels(app, index);
  const port = labels.PORT ?? servicePort;
  if (port < 1 || port > 65535) {
    throw new RangeError(`its service port is ${quoted(servicePort)}; expected a port from 1 to 65535`);
  }
  const own = findHealthCheck(app, index);
  const borrowed = own === undefined && labels.BACKEND_HEALTHCHECK_PORT_INDEX !== undefined
    ? findHealthCheck(app, labels.BACKEND_HEALTHCHECK_PORT_INDEX)
    : undefined;
  const healthCheck = own ?? borrowed;
  // As in a label, a line break in the path would write configuration of its own.
  if (healthCheck && /\p{Cc}/u.test(healthCheck.path)) {
    throw new RangeError(
      `the path of its health check is ${quoted(healthCheck.path)}; expected no control characters`,
    );
  }
  return {
    appId: app.id,
    index,
    port,
    mode: resolveMode(labels, own, borrowed),
    groups: labels.GROUP ?? splitList(app.labels.HAPROXY_GROUP ?? ""),
    enabled: labels.ENABLED ?? !strictMode,
    ...app.labels.HAPROXY_DEPLOYMENT_GROUP?.trim() ? { inDeploymentGroup: true } : {},
    labels,
    templates,
    healthCheck,
    backends,
  };
}

/** Sorted by host, then port. A task that Marathon lists twice is one server: HAProxy refuses two of one name. */
function backendsOf(live: readonly LiveTask[], index: number): Backend[] {
  const backends = new Map<string, Backend>();
  for (const { task, host, ip, ports } of live) {
    const port = ports[index];
    if (port === undefined) continue;
    const key = `${host} ${ip} ${port}`;
    const known = backends.get(key);
    backends.set(key, { host, ip, port, draining: task.draining && (known?.draining ?? true) });
  }
  return [...backends.values()].sort((a, b) =>
    compareText(a.host, b.host) || a.port - b.port || compareText(a.ip, b.ip)
  );
}
