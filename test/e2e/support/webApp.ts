import { freePort } from "../../../tools/harness/freePort.ts";

export interface WebAppOptions {
  readonly instances?: number;
  readonly labels?: Readonly<Record<string, string>>;
  /** A free port by default, unlike in Marathon, which knows nothing of the ports other tests use. */
  readonly servicePort?: number;
  /** How many services it has, the further ones at free ports. */
  readonly services?: number;
}

/** An app of the group `external`, for the simulated Marathon. */
export async function webApp(id: string, options: WebAppOptions = {}) {
  const { instances = 1, labels, servicePort, services = 1 } = options;
  const [first, ...others] = await Promise.all(Array.from({ length: services }, freePort));
  return {
    id,
    instances,
    portDefinitions: [servicePort ?? first, ...others].map((port) => ({ port })),
    labels: { HAPROXY_GROUP: "external", ...labels },
  };
}
