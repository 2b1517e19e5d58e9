import type { Service } from "./Service.ts";

/** The name of a service's frontend and backend sections: app id and port, `/` as `_`. */
export function backendName({ appId, port }: Pick<Service, "appId" | "port">): string {
  return `${appId.slice(1).replaceAll("/", "_")}_${port}`;
}
