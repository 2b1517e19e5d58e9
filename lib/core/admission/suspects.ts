import type { Service } from "../model/service.ts";
import type { Blame } from "./blame.ts";
import type { RefusedServices } from "./refused.ts";

/** What is known about a group of services. Groups are checked in the order of this list. */
const states = [
  /** Nothing yet: they may be good. */
  "open",
  /** Together they are refused. */
  "refused",
  /** Parts of a refused group in which a culprit was found in another part. */
  "beside",
  /** HAProxy's messages named services of this app. */
  "named",
  /** `haproxy -c` does not end with them. They come last, as others would wait for their check. */
  "endless",
] as const;

/** Services that one run of `haproxy -c` checks together. */
export interface SuspectGroup {
  readonly services: readonly Service[];
  /**
   * Whether they are checked without any other service. That is cheap, and enough when HAProxy accepts them. False:
   * they are checked together with all proven services, whose sections they may need.
   */
  readonly alone: boolean;
  readonly state: typeof states[number];
  /** Whether they are refused, and checked again in case something outside them has changed. */
  readonly again?: boolean;
}

/** How the check of a group ended. */
export interface Verdict {
  readonly result: "valid" | "refused" | "endless";
  /** Services that HAProxy's messages name, each with the first message. */
  readonly blamed: Blame;
  /** Why, where HAProxy names no service. */
  readonly reason: string;
}

/**
 * How many checks of one app's services may fail before the rest of them is refused as a whole. Finding one of 2,000
 * services by halves takes eleven.
 */
const patience = 12;

/**
 * The services that HAProxy has still to check, or to check again, in the groups in which it checks them. A refused
 * group is split by apps, then by halves, until the services at fault are known. Verdicts go to `RefusedServices`.
 */
export class Suspects {
  readonly #refused: RefusedServices;
  #queue: SuspectGroup[] = [];
  /**
   * The group that is being checked. If it is half of a failed group, also the other half, and how the whole failed.
   */
  #current: { group: SuspectGroup; other?: readonly Service[]; failed?: "refused" | "endless" } | undefined;
  /** Failed checks by app, while it has services here. */
  readonly #failures = new Map<string, number>();
  /** The services that Marathon has, by `nameOf`; undefined until they are known. */
  #present: ReadonlyMap<string, Service> | undefined;

  constructor(refused: RefusedServices) {
    this.#refused = refused;
  }

  /** Whether there is nothing to check. */
  get isEmpty(): boolean {
    return this.#queue.length === 0 && this.#current === undefined;
  }

  /** Whether services of an app are here. */
  holds(app: string): boolean {
    return this.#all().some(({ appId }) => appId === app);
  }

  /** Makes services wait for a verdict of their own. @param why one is not checked with all others */
  setAside(group: SuspectGroup, why: (service: Service) => string): void {
    for (const service of group.services) this.#refused.wait(service, why(service));
    this.#put(group);
  }

  /**
   * Makes services wait if others of their app are here, or if a check of the app has never ended. No change should
   * wait for one more such check.
   */
  holdBack(services: readonly Service[]): void {
    if (this.#refused.isEmpty && this.isEmpty) return;
    const apps = new Set(this.#all().map(({ appId }) => appId));
    for (const app of this.#refused.endlessApps) apps.add(app);
    const isNew = (service: Service) =>
      !this.#refused.isProven(service) && !this.#refused.isWaiting(service) &&
      !this.#refused.isRefused(service);
    for (const part of byApp(services.filter((service) => apps.has(service.appId) && isNew(service)))) {
      this.setAside(
        { services: part, alone: true, state: "open" },
        () => "HAProxy checks other services of its app",
      );
    }
  }

  /** Removes services, so that they are checked with the others after all. */
  release(services: readonly Service[]): void {
    for (const service of services) this.#refused.resume(service);
    this.#drop((service) => !services.includes(service));
  }

  /** Queues the refused ones of these services for another check, app by app. They stay refused meanwhile. */
  retry(services: readonly Service[]): void {
    const here = new Set(this.#all().map(nameOf));
    const chosen = services.filter((service) =>
      this.#refused.isRefused(service) && !here.has(nameOf(service))
    );
    for (const endless of [false, true]) {
      for (const part of byApp(chosen.filter((service) => this.#refused.isEndless(service) === endless))) {
        this.#put({ services: part, alone: false, state: "open", again: true });
      }
    }
  }

  /**
   * Forgets services that these do not have, or no longer in this definition.
   *
   * @returns whether one of them is being checked
   */
  retain(services: readonly Service[]): boolean {
    this.#present = new Map(services.map((service) => [nameOf(service), service]));
    if (this.isEmpty) return false;
    this.#drop(this.#isOpen);
    return this.#current?.group.services.some((service) => !this.#isOpen(service)) ?? false;
  }

  /** The group to check now, until `settle` or `putBack`; undefined when there is none. */
  next(): SuspectGroup | undefined {
    const best = this.#queue.reduce<SuspectGroup | undefined>(
      (first, group) => first && rankOf(first) <= rankOf(group) ? first : group,
      undefined,
    );
    if (!best) return undefined;
    this.#queue = this.#queue.filter((group) => group !== best);
    const { services, state, ...rest } = best;
    if (services.length === 1 || state !== "refused" && state !== "endless") this.#current = { group: best };
    else {
      const [first, other] = halvesOf(services);
      this.#current = { group: { ...rest, state: "open", services: first }, other, failed: state };
    }
    return this.#current.group;
  }

  /** Puts the group back that could not be checked. */
  putBack(): void {
    const { group, other = [] } = this.#current!;
    this.#current = undefined;
    const services = [...group.services, ...other].filter(this.#isOpen);
    if (services.length > 0) this.#put({ ...group, state: "open", services });
  }

  /** Records how the check of the last group ended, and acts on it. */
  settle(verdict: Verdict): void {
    const { group, other, failed } = this.#current!;
    this.#current = undefined;
    const rest = other?.filter(this.#isOpen) ?? [];
    if (verdict.result === "valid") {
      this.#refused.prove(group.services);
      // Both halves together failed, so the other one is at fault, unless the service at fault is gone.
      const state = rest.length === other?.length ? failed! : "open";
      if (rest.length > 0) this.#put({ ...group, services: rest, state });
    } else {
      if (rest.length > 0) {
        // Continue the search first, unless its checks do not end: then the others would wait for it.
        this.#put({ ...group, services: rest, state: verdict.result === "refused" ? "beside" : "open" });
      }
      const left = group.services.filter(this.#isOpen);
      if (left.length > 0) this.#fail({ ...group, services: left }, verdict);
    }
    for (const app of this.#failures.keys()) if (!this.holds(app)) this.#failures.delete(app);
  }

  #fail(group: SuspectGroup, verdict: Verdict): void {
    const apps = byApp(group.services);
    if (apps.length === 1) this.#failApp(group, verdict);
    else this.#failApps(apps, group, verdict);
  }

  #failApps(apps: readonly Service[][], group: SuspectGroup, { result, blamed }: Verdict): void {
    const faulty = new Set([...blamed.keys()].map(({ appId }) => appId));
    const innocent = group.services.filter(({ appId }) => !faulty.has(appId));
    if (innocent.length === group.services.length) {
      this.#put({ ...group, state: result === "endless" ? "endless" : "refused" });
      return;
    }
    for (const services of apps.filter(([service]) => faulty.has(service!.appId))) {
      // Checked alone, a service may be refused only because sections of other services are missing.
      const open = group.alone ? services : this.#refuseNamed(services, blamed);
      if (open.length > 0) this.#put({ ...group, services: open, alone: false, state: "named" });
    }
    // Each check may blame another app. In halves, not all of the others wait for every such check.
    if (innocent.length > 1) {
      for (const services of halvesOf(innocent)) this.#put({ ...group, services, state: "open" });
    } else if (innocent.length > 0) this.#put({ ...group, services: innocent, state: "open" });
  }

  #failApp(group: SuspectGroup, { result, blamed, reason }: Verdict): void {
    const { services, alone, again } = group;
    const endless = result === "endless";
    if (alone && !endless) {
      this.#put({ ...group, alone: false, state: "named" });
      return;
    }
    // A repeated search among checks that do not end would gain nothing.
    if (endless && again) return;
    const { appId } = services[0]!;
    const failures = (this.#failures.get(appId) ?? 0) + 1;
    this.#failures.set(appId, failures);
    const open = this.#refuseNamed(services, blamed);
    if (open.length === 0) return;
    if (open.length === services.length && open.length === 1) this.#refused.refuse(open[0]!, reason, endless);
    else if (failures < patience) {
      const state = open.length < services.length ? "named" : endless ? "endless" : "refused";
      this.#put({ ...group, services: open, state });
    } else {
      const last = [...blamed.values()][0] ?? reason;
      const why =
        `together with other services of its app, too many of them to tell which is at fault: ${last}`;
      for (const service of open) this.#refused.refuse(service, why, endless);
    }
  }

  /** Returns the services that HAProxy has not named. */
  #refuseNamed(services: readonly Service[], blamed: Blame): readonly Service[] {
    return services.filter((service) => {
      const reason = blamed.get(service);
      if (reason !== undefined) this.#refused.refuse(service, reason);
      return reason === undefined;
    });
  }

  #put(group: SuspectGroup): void {
    const { state, alone, again } = group;
    const same = state !== "beside"
      ? undefined
      : this.#queue.find((other) => other.state === state && other.alone === alone && other.again === again);
    if (!same) this.#queue.push(group);
    else {
      const services = [...same.services, ...group.services];
      this.#queue = this.#queue.map((other) => other === same ? { ...same, services } : other);
    }
  }

  #drop(keep: (service: Service) => boolean): void {
    this.#queue = this.#queue.flatMap((group) => {
      const services = group.services.filter(keep);
      if (services.length === group.services.length) return group;
      // The one at fault may be gone.
      return services.length === 0 ? [] : { ...group, services, state: "open" as const };
    });
  }

  /** Whether Marathon has a service in this definition, and no other verdict on it came meanwhile. */
  readonly #isOpen = (service: Service): boolean => {
    const present = this.#present ? this.#present.get(nameOf(service)) : service;
    return present !== undefined &&
      this.#refused.fingerprint(present) === this.#refused.fingerprint(service) &&
      (this.#refused.isWaiting(service) || this.#refused.isRefused(service));
  };

  #all(): Service[] {
    const { group, other = [] } = this.#current ?? {};
    return [...this.#queue.flatMap(({ services }) => services), ...group?.services ?? [], ...other];
  }
}

function nameOf({ appId, index }: Service): string {
  return `${appId} ${index}`;
}

function rankOf({ state, again }: SuspectGroup): number {
  return again ? states.length : states.indexOf(state);
}

function byApp(services: readonly Service[]): Service[][] {
  return [...Map.groupBy(services, ({ appId }) => appId).values()];
}

/**
 * Splits services into two parts of similar size, neither of them empty. Services of one app stay together unless there
 * is only one app.
 */
function halvesOf(services: readonly Service[]): [Service[], Service[]] {
  const apps = byApp(services);
  const parts = apps.length > 1 ? apps : services.map((service) => [service]);
  const first: Service[] = [...parts[0]!];
  const second: Service[] = [];
  for (const part of parts.slice(1, -1)) {
    (second.length === 0 && first.length + part.length / 2 < services.length / 2 ? first : second).push(
      ...part,
    );
  }
  second.push(...parts.length > 1 ? parts.at(-1)! : []);
  return [first, second];
}
