import { newBinds } from "../../core/admission/binds.ts";
import type { RefusedServices } from "../../core/admission/refused.ts";
import type { CheckMessage } from "../../core/haproxy/messages.ts";
import type { ConfigurationFiles } from "../../core/plan/plan.ts";
import type { Configuration } from "../../core/render/configuration.ts";
import { findTakenPorts, nameTakers, type TakenPort } from "../haproxy/ports.ts";
import type { Validation } from "../haproxy/binary.ts";

/** The next start or reload would fail, or share a port that all services need with another process. */
export class SharedPortTaken extends Error {}

export interface PortTestOptions {
  readonly refused: RefusedServices;
  /** The processes of our HAProxy; none while it does not run. */
  readonly haproxyPids: () => readonly number[];
}

/**
 * Adds to what `haproxy -c` finds what it cannot see: ports that another process has. HAProxy would fail to reload, and serve
 * no client for two seconds while it tries.
 */
export class PortTest {
  readonly #options: PortTestOptions;
  /** Why services are refused, by port and service. */
  readonly #taken = new Map<string, TakenPort>();

  constructor(options: PortTestOptions) {
    this.#options = options;
  }

  /** Lets the services be tried again whose ports are free by now. */
  async forgiveFreed(): Promise<void> {
    const { refused, haproxyPids } = this.#options;
    const known = [...this.#taken.values()];
    const still = new Set((await findTakenPorts(known, haproxyPids())).map(keyOf));
    for (const port of known) {
      if (still.has(keyOf(port))) continue;
      this.#taken.delete(keyOf(port));
      if (port.service) refused.forgive(port.service);
    }
  }

  /**
   * Says of a configuration that services want ports which they cannot have.
   *
   * @param onDisk the files that HAProxy runs, if it does
   * @throws {SharedPortTaken} when it is a port that all services share
   */
  async check(configuration: Configuration, onDisk: ConfigurationFiles | undefined): Promise<Validation> {
    const haproxy = this.#options.haproxyPids();
    const held = haproxy.length > 0 && onDisk ? textsOf(onDisk) : [];
    const binds = newBinds(held, configuration);
    const taken = await nameTakers(await findTakenPorts(binds, haproxy));
    const shared = taken.filter(({ service }) => !service);
    if (shared.length > 0) {
      const reasons = shared.map(({ reason }) => reason).join("; ");
      throw new SharedPortTaken(
        `HAProxy cannot open a port that all services need, nothing was changed: ${reasons}`,
      );
    }
    for (const port of taken) this.#taken.set(keyOf(port), port);
    const messages = taken.map(({ line, reason }): CheckMessage => ({
      severity: "alert",
      line,
      message: reason,
    }));
    return { valid: taken.length === 0, messages, stage: "start" };
  }
}

function keyOf({ address, service }: TakenPort): string {
  return `${service?.appId} ${service?.index} ${address.host} ${address.port}`;
}

/** The text, not put together where it is made of pieces. */
function textsOf(files: ConfigurationFiles): readonly string[] {
  return files.chunks?.map(({ text }) => text) ?? [files.text];
}
