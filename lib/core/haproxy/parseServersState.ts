/** What a worker says of one server. */
export interface ServerState {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly inMaintenance: boolean;
}

/** Forced, inherited or for want of a resolved address: the bits of `srv_admin_state` that keep traffic away. */
const maintenance = 0x01 | 0x02 | 0x20;
const needed = ["srv_name", "srv_addr", "srv_admin_state", "srv_port"] as const;

/**
 * The answer to `show servers state BACKEND` (management guide), version 1 of its format; undefined when it is something
 * else, such as a message that there is no such backend.
 */
export function parseServersState(answer: string): ServerState[] | undefined {
  const [version, columns = "", ...rows] = answer.trim().split("\n");
  const names = columns.split(" ").slice(1);
  const [name, address, admin, port] = needed.map((column) => names.indexOf(column));
  if (version !== "1" || [name, address, admin, port].includes(-1)) return undefined;
  return rows.filter((row) => row.trim() !== "").map((row) => {
    const fields = row.split(" ");
    return {
      name: fields[name!] ?? "",
      address: fields[address!] ?? "",
      port: Number(fields[port!]),
      inMaintenance: (Number(fields[admin!]) & maintenance) !== 0,
    };
  });
}
