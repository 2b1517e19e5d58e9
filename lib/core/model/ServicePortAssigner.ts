import { createHash } from "node:crypto";

/** How many hashes are tried before the lowest free port is taken. */
const tries = 50;

/**
 * Gives service ports from a range to IP-per-task apps that have none. The same apps in the same order get the same
 * ports, on every instance: make a new assigner for each generation.
 */
export class ServicePortAssigner {
  readonly #taken = new Set<number>();
  readonly #assigned = new Map<string, number | undefined>();

  constructor(readonly minimum: number, readonly maximum: number) {}

  /** The port for one task port of an app; undefined when the range is full. */
  assign(appId: string, taskPort: number): number | undefined {
    const key = `${appId}-${taskPort}`;
    if (!this.#assigned.has(key)) {
      const port = this.#free(key);
      if (port !== undefined) this.#taken.add(port);
      this.#assigned.set(key, port);
    }
    return this.#assigned.get(key);
  }

  #free(key: string): number | undefined {
    const size = this.maximum - this.minimum + 1;
    if (this.#taken.size >= size) return undefined;
    for (let attempt = 0; attempt < tries; attempt++) {
      const hash = createHash("sha1").update(`${key}-${attempt}`).digest().readUInt32BE(0);
      const port = this.minimum + hash % size;
      if (!this.#taken.has(port)) return port;
    }
    let port = this.minimum;
    while (this.#taken.has(port)) port++;
    return port;
  }
}
