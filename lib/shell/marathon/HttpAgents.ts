import { Agent } from "node:http";
import { Agent as SecureAgent } from "node:https";
import { systemRoots } from "./systemRoots.ts";

export interface TlsTrust {
  /** PEM text of the certificate authorities that are trusted instead of the system's. */
  ca?: string;
  /** Do not verify TLS. */
  insecure: boolean;
}

/** The connections to servers of one kind, kept open between requests. */
export class HttpAgents {
  readonly #trust: TlsTrust;
  readonly #agent = new Agent({ keepAlive: true });
  #secureAgent?: SecureAgent;

  constructor(trust: TlsTrust) {
    this.#trust = trust;
  }

  for(url: URL): Agent {
    if (url.protocol !== "https:") return this.#agent;
    const { ca, insecure } = this.#trust;
    // Made when it is needed: reading the system's certificates takes its time.
    return this.#secureAgent ??= new SecureAgent({
      keepAlive: true,
      ca: ca ?? (insecure ? undefined : systemRoots()),
      rejectUnauthorized: !insecure,
    });
  }

  /** Closes the connections that are kept for the next request. */
  close(): void {
    this.#agent.destroy();
    this.#secureAgent?.destroy();
  }
}
