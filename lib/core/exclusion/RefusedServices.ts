import { claimNames } from "../model/claimNames.ts";
import type { Service } from "../model/Service.ts";
import { isExclusion } from "../problem/isExclusion.ts";
import type { Problem } from "../problem/Problem.ts";
import { fingerprint } from "./fingerprint.ts";

/**
 * Which services HAProxy refuses, and what each of them looked like when it last took it. A service that was refused
 * stays out, without being tried again, until its definition changes; what is served instead are its last good
 * sections with the tasks of today.
 */
export class RefusedServices {
  /** By service, then by fingerprint: why. */
  readonly #reasons = new Map<string, Map<string, string>>();
  readonly #good = new Map<string, Service>();
  #version = 0;

  /** Notes that HAProxy refuses a service. Returns whether that was not known. */
  refuse(service: Service, reason: string): boolean {
    const key = keyOf(service);
    const reasons = this.#reasons.get(key) ?? new Map<string, string>();
    const isNews = !reasons.has(fingerprint(service));
    reasons.set(fingerprint(service), reason);
    this.#version++;
    this.#reasons.set(key, reasons);
    const good = this.#good.get(key);
    if (good && reasons.has(fingerprint(good))) this.#good.delete(key);
    return isNews;
  }

  /** Notes that HAProxy took a configuration of these services. */
  accept(services: readonly Service[]): void {
    for (const service of services) this.#good.set(keyOf(service), service);
  }

  /** Whether HAProxy has taken a service of this definition before. */
  isProven(service: Service): boolean {
    const good = this.#good.get(keyOf(service));
    return good !== undefined && fingerprint(good) === fingerprint(service);
  }

  /** Whether no service is refused. */
  get isEmpty(): boolean {
    return this.#reasons.size === 0;
  }

  /** Changes with every service that is refused or forgiven. */
  get version(): number {
    return this.#version;
  }

  /** Lets every service, or this one, be tried again: what it needs beside its definition may be there now. */
  forgive(service?: Service): void {
    if (!this.isEmpty) this.#version++;
    if (service) this.#reasons.delete(keyOf(service));
    else this.#reasons.clear();
  }

  /** The services to serve in the place of these, in their order, with a problem for each that is refused. */
  substitute(services: readonly Service[]): { services: readonly Service[]; problems: Problem[] } {
    if (this.#reasons.size === 0) return { services, problems: [] };
    const problems: Problem[] = [];
    const served = services.flatMap((service) => {
      const reason = this.#reasons.get(keyOf(service))?.get(fingerprint(service));
      if (reason === undefined) return [service];
      const good = this.#good.get(keyOf(service));
      const instead = good ? "its last good sections are served instead" : "nothing is served instead";
      const message = `${service.appId}: service ${service.index} is left out, HAProxy refuses it: ${
        reason.replace(/\.$/, "")
      }; ${instead}`;
      problems.push({ severity: "excluded", app: service.appId, index: service.index, message });
      return good ? [{ ...good, backends: service.backends, checkPorts: service.checkPorts }] : [];
    });
    // Last good sections may ask for a port that somebody else has by now.
    const claimed = claimNames(served);
    return { services: claimed.services, problems: [...problems, ...claimed.problems.filter(isExclusion)] };
  }

  /** Forgets services that are not among these, which are all there are. */
  retain(services: readonly Service[]): void {
    const present = new Set(services.map(keyOf));
    for (const known of [this.#reasons, this.#good]) {
      for (const key of known.keys()) if (!present.has(key)) known.delete(key);
    }
  }
}

function keyOf({ appId, index }: Service): string {
  return `${appId} ${index}`;
}
