import type { Service } from "../model/Service.ts";

/** Made once for each object: a cluster has thousands of services, and they are asked for at every change. */
const known = new WeakMap<Service, string>();

/**
 * Everything about a service that its app's definition decides, as text: two services of one fingerprint differ in
 * their tasks only, which HAProxy never refuses one for.
 */
export function fingerprint(service: Service): string {
  let text = known.get(service);
  if (text === undefined) {
    const { backends: _, checkPorts: __, templates, ...definition } = service;
    text = JSON.stringify([definition, [...templates]]);
    known.set(service, text);
  }
  return text;
}
