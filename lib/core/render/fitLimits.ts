/** Connections HAProxy takes where the limits allow it, and at least. */
const wanted = 50_000;
const least = 100;
/** Listeners, sockets, logs and what else is open beside connections and checks. */
const reserve = 200;
const step = 1_000;
const advice = "raise LimitNOFILE (ulimit -Hn)";

/** What HAProxy is told of its limits. */
export interface Limits {
  readonly maxconn: number;
  /** Whether HAProxy refuses to start where its limits do not suffice. */
  readonly strictLimits: boolean;
  /** For the operator. In steps too, so that it stays the same while servers come and go. */
  readonly warning?: string;
}

/**
 * The `maxconn` that fits a file-descriptor limit: each connection takes one for each side, each checked server about
 * two (HAProxy refuses to start when they do not suffice, see `maxconn` and `strict-limits` in section 3.1 of its
 * configuration manual). In steps, so that a server more or less changes nothing. Where they do not even suffice for
 * the checks, HAProxy had better run without strict limits than not at all.
 *
 * @param limit file descriptors that HAProxy can have; undefined when unknown
 * @param servers servers in the configuration
 */
export function fitLimits(limit: number | undefined, servers: number): Limits {
  if (limit === undefined || limit >= needed(wanted, servers)) return { maxconn: wanted, strictLimits: true };
  const room = (limit - needed(0, servers)) / 2;
  if (room < least) {
    const warning = `The file-descriptor limit is ${limit}, and the health checks of all servers take about ${
      roundUp(needed(least, servers))
    }: HAProxy runs without strict limits and with a maxconn of ${least}; ${advice}`;
    return { maxconn: least, strictLimits: false, warning };
  }
  const maxconn = room >= step ? Math.floor(room / step) * step : Math.floor(room);
  const warning = `maxconn is ${maxconn} instead of ${wanted}: the file-descriptor limit is ${limit}, about ${
    roundUp(needed(wanted, servers))
  } are needed; ${advice}`;
  return { maxconn, strictLimits: true, warning };
}

function needed(maxconn: number, servers: number): number {
  return 2 * maxconn + 2 * servers + reserve;
}

function roundUp(count: number): number {
  return Math.ceil(count / step) * step;
}
