import type { Service } from "../model/Service.ts";

/**
 * Everything about a service that its app's definition decides, as text: two services of one fingerprint differ in
 * their tasks only, which HAProxy never refuses one for.
 */
export function fingerprint(service: Service): string {
  const { backends: _, checkPorts: __, templates, ...definition } = service;
  return JSON.stringify([definition, [...templates]]);
}
