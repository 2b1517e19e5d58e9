import { claimNames } from "../model/claims.ts";
import { holdingsOf, retainIncumbents } from "../model/incumbents.ts";
import { Fingerprints, type Service } from "../model/service.ts";
import { type Problem, serviceProblem } from "../problem.ts";

interface Refusal {
  readonly reason: string;
  /** Whether `haproxy -c` does not end with it. */
  readonly endless: boolean;
}

/** A definition of a service on which HAProxy has not decided yet. */
interface Doubt {
  readonly fingerprint: string;
  readonly why: string;
}

/**
 * Which services HAProxy refuses, which wait for its verdict, and which definition of each it last accepted. A refused
 * service stays out until its definition changes or HAProxy accepts it at a later attempt; it does not hold up others.
 * Its last good sections are served instead, with the tasks that it has now.
 */
export class RefusedServices {
  /** By service, then by fingerprint. */
  readonly #refusals = new Map<string, Map<string, Refusal>>();
  readonly #waiting = new Map<string, Doubt>();
  readonly #good = new Map<string, Service>();
  readonly #fingerprints = new Fingerprints();
  /** For services that `substitute` serves in part: the services as Marathon's apps define them. */
  readonly #asked = new WeakMap<Service, Service>();
  #version = 0;

  /**
   * The fingerprint of all that a service asks for, computed once. A verdict on a part of it is a verdict on all of it.
   */
  fingerprint(service: Service): string {
    return this.#fingerprints.of(this.#asked.get(service) ?? service);
  }

  /**
   * Notes that HAProxy refuses a service. Returns whether that is new.
   *
   * @param endless whether `haproxy -c` does not come to an end with it
   */
  refuse(service: Service, reason: string, endless = false): boolean {
    const key = keyOf(service);
    const reasons = this.#refusals.get(key) ?? new Map<string, Refusal>();
    const isNews = !reasons.has(this.fingerprint(service));
    reasons.set(this.fingerprint(service), { reason, endless });
    this.#version++;
    this.#refusals.set(key, reasons);
    this.#waiting.delete(key);
    const good = this.#good.get(key);
    if (good && reasons.has(this.fingerprint(good))) this.#good.delete(key);
    return isNews;
  }

  /** Notes that HAProxy accepted a configuration of these services. */
  accept(services: readonly Service[]): void {
    for (const service of services) this.#good.set(keyOf(service), service);
  }

  /** Notes that HAProxy accepts these services, also those that waited or were refused. */
  prove(services: readonly Service[]): void {
    for (const service of services) {
      const key = keyOf(service);
      this.resume(service);
      const reasons = this.#refusals.get(key);
      reasons?.delete(this.fingerprint(service));
      if (reasons?.size === 0) this.#refusals.delete(key);
    }
    this.accept(services);
    this.#version++;
  }

  /** Leaves a service out until HAProxy has checked it. @param why it was not checked with the others */
  wait(service: Service, why: string): void {
    this.#waiting.set(keyOf(service), { fingerprint: this.fingerprint(service), why });
    this.#version++;
  }

  /** Serves a waiting service again. */
  resume(service: Service): void {
    if (!this.isWaiting(service)) return;
    this.#waiting.delete(keyOf(service));
    this.#version++;
  }

  isWaiting(service: Service): boolean {
    return this.#waiting.get(keyOf(service))?.fingerprint === this.fingerprint(service);
  }

  isRefused(service: Service): boolean {
    return this.#refusals.get(keyOf(service))?.has(this.fingerprint(service)) ?? false;
  }

  /** Whether a service is refused because `haproxy -c` does not end with it. */
  isEndless(service: Service): boolean {
    return this.#refusals.get(keyOf(service))?.get(this.fingerprint(service))?.endless ?? false;
  }

  /** The apps that have, or had, services with which `haproxy -c` does not end. */
  get endlessApps(): ReadonlySet<string> {
    const apps = new Set<string>();
    for (const [key, refusals] of this.#refusals) {
      if ([...refusals.values()].some(({ endless }) => endless)) apps.add(key.slice(0, key.lastIndexOf(" ")));
    }
    return apps;
  }

  /** Whether HAProxy has accepted a service of this definition before. */
  isProven(service: Service): boolean {
    const good = this.#good.get(keyOf(service));
    return good !== undefined && this.fingerprint(good) === this.fingerprint(service);
  }

  /** Whether no service is refused, and none waits. */
  get isEmpty(): boolean {
    return this.#refusals.size === 0 && this.#waiting.size === 0;
  }

  /** Whether services wait. */
  get waits(): boolean {
    return this.#waiting.size > 0;
  }

  /** Grows whenever a service is refused, proven or forgiven, and whenever one begins or stops to wait. */
  get version(): number {
    return this.#version;
  }

  /** Allows another attempt for every service, or for this one: what it needs beside its definition may exist now. */
  forgive(service?: Service): void {
    if (!this.isEmpty) this.#version++;
    if (service) this.#refusals.delete(keyOf(service));
    else this.#refusals.clear();
  }

  /** The services to serve instead of these, in their order, with a problem for each that is refused or waits. */
  substitute(services: readonly Service[]): { services: readonly Service[]; problems: Problem[] } {
    if (this.isEmpty) return { services, problems: [] };
    const problems: Problem[] = [];
    const served = services.flatMap((service) => {
      const refusal = this.#refusals.get(keyOf(service))?.get(this.fingerprint(service));
      if (!refusal && !this.isWaiting(service)) return [service];
      const good = this.#good.get(keyOf(service));
      const what = good ? "its last good sections are served instead" : "nothing is served instead";
      const { appId: app, index } = service;
      const why = refusal
        ? `is left out, HAProxy refuses it: ${refusal.reason.replace(/\.$/, "")}`
        : `waits until HAProxy has checked it: ${this.#waiting.get(keyOf(service))!.why}`;
      const code = refusal ? "haproxy-refuses" : "waits-for-haproxy";
      problems.push(serviceProblem(code, { app, index }, ` ${why}; ${what}`));
      if (!good) return [];
      const instead = { ...good, backends: service.backends, checkPorts: service.checkPorts };
      this.#asked.set(instead, this.#asked.get(good) ?? good);
      return [instead];
    });
    // Last good sections may claim what another service has been granted since. They keep it, as they are what is
    // served.
    const incumbents = retainIncumbents(holdingsOf([...this.#good.values()]), served, new Set());
    const claimed = claimNames(served, { incumbents, again: true });
    for (const [service, limited] of claimed.limited) {
      this.#asked.set(limited, this.#asked.get(service) ?? service);
    }
    return { services: claimed.services, problems: [...problems, ...claimed.losses] };
  }

  /** Forgets services that are not among these, which are all there are. */
  retain(services: readonly Service[]): void {
    const present = new Map(services.map((service) => [keyOf(service), service]));
    for (const known of [this.#refusals, this.#good]) {
      for (const key of known.keys()) if (!present.has(key)) known.delete(key);
    }
    for (const key of this.#waiting.keys()) {
      const service = present.get(key);
      if (!service || !this.isWaiting(service)) this.#waiting.delete(key);
    }
  }

  /** Forgets refusals of definitions that these services no longer have. */
  forgetFormer(services: readonly Service[]): void {
    const present = new Map(services.map((service) => [keyOf(service), this.fingerprint(service)]));
    for (const [key, refusals] of this.#refusals) {
      for (const definition of refusals.keys()) {
        if (definition !== present.get(key)) refusals.delete(definition);
      }
      if (refusals.size === 0) this.#refusals.delete(key);
    }
  }
}

function keyOf({ appId, index }: Service): string {
  return `${appId} ${index}`;
}
