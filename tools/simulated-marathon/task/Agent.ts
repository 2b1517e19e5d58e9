/** A Mesos agent: the machine that tasks run on. */
export interface Agent {
  /** What tasks give as their host, and where they listen: an address of this machine or a name of one. */
  readonly host: string;
  readonly slaveId: string;
}

/** One agent per host, with ids of the form Mesos gives. */
export function agentsAt(hosts: readonly string[]): Agent[] {
  return hosts.map((host, index) => ({ host, slaveId: `5f3a1c9e-0000-4000-8000-000000000001-S${index}` }));
}
