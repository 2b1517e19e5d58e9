import { freePort } from "./freePort.ts";

export interface WebAppOptions {
  readonly instances?: number;
  readonly labels?: Readonly<Record<string, string>>;
  /** A free port by default, unlike in Marathon, which knows nothing of the ports other tests use. */
  readonly servicePort?: number;
}

/** An app of the group `external`, for the simulated Marathon. */
export async function webApp(id: string, { instances = 1, labels, servicePort }: WebAppOptions = {}) {
  return {
    id,
    instances,
    portDefinitions: [{ port: servicePort ?? await freePort() }],
    labels: { HAPROXY_GROUP: "external", ...labels },
  };
}
