import type { Fault } from "./Fault.ts";

interface ActiveFault {
  readonly id: number;
  readonly fault: Fault;
  matched: number;
  applied: number;
}

/** The faults in force, in the order they were demanded; the first that applies to a request is the one. */
export class Faults {
  #active: ActiveFault[] = [];
  #lastId = 0;

  /** Returns an id to remove it by. */
  add(fault: Fault): number {
    this.#active.push({ id: ++this.#lastId, fault, matched: 0, applied: 0 });
    return this.#lastId;
  }

  remove(id: number): boolean {
    const before = this.#active.length;
    this.#active = this.#active.filter((active) => active.id !== id);
    return this.#active.length < before;
  }

  clear(): void {
    this.#active = [];
  }

  /** Each with its id and how many requests it was applied to. */
  get all(): (Fault & { readonly id: number; readonly applied: number })[] {
    return this.#active.map(({ id, fault, applied }) => ({ ...fault, id, applied }));
  }

  /** The fault for a request, which counts as applied; undefined when there is none. */
  take(method: string, path: string): Fault | undefined {
    for (const active of this.#active) {
      if (!matches(active.fault, method, path)) continue;
      const { every = 1, times = Infinity } = active.fault;
      if (++active.matched % every !== 0 || active.applied >= times) continue;
      active.applied++;
      return active.fault;
    }
    return undefined;
  }
}

function matches(fault: Fault, method: string, path: string): boolean {
  if (fault.method !== undefined && fault.method.toUpperCase() !== method) return false;
  if (fault.path === undefined) return true;
  return fault.path.endsWith("*") ? path.startsWith(fault.path.slice(0, -1)) : path === fault.path;
}
