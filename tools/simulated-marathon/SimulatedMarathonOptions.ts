import type { Clock } from "../../lib/shell/system/clock.ts";
import type { PortRange } from "./app/assignServicePorts.ts";
import type { Framing } from "./events/frameEvents.ts";
import type { Access } from "./http/MarathonNode.ts";
import type { Timings } from "./Timings.ts";

export interface SimulatedMarathonOptions {
  /** Address the Marathon nodes listen at; `127.0.0.1` by default. */
  readonly host?: string;
  /** Of the first node, the others follow; 0, the default, is any free port for each. */
  readonly port?: number;
  /** How many Marathons make the cluster; the first leads. 1 by default. */
  readonly nodes?: number;
  /** Requires basic authentication, or a header that a function lets in. */
  readonly auth?: Access;
  /** Serves HTTPS; PEM. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Hosts of the agents, taken in turn for new tasks; `127.0.0.1` by default. */
  readonly taskHosts?: readonly string[];
  /** Where service ports given as 0 come from; 10000 to 20000 by default, as with Marathon. */
  readonly servicePorts?: PortRange;
  readonly timings?: Partial<Timings>;
  /** How events that happen together are framed; each in its own frame by default. */
  readonly framing?: Framing;
  /** Of the redirection to the leader: 307 by default, which keeps the method. */
  readonly redirectStatus?: 302 | 307;
  readonly clock?: Clock;
  /** Gets a line for what goes wrong outside, such as a callback that nobody answers. */
  readonly log?: (line: string) => void;
}
