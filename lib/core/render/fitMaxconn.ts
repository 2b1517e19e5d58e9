/** Connections HAProxy takes where the limits allow it. */
const wanted = 50_000;
/** Listeners, sockets, logs and what else is open beside connections and checks. */
const reserve = 200;
const step = 1_000;

/**
 * The `maxconn` that fits a file-descriptor limit: each connection takes one for each side, each checked server about
 * two (HAProxy refuses to start when they do not suffice, see `maxconn` and `strict-limits` in section 3.2 of its
 * configuration manual). In steps, so that a server more or less changes nothing.
 *
 * @param limit file descriptors that HAProxy can have; undefined when unknown
 * @param servers servers in the configuration
 */
export function fitMaxconn(limit: number | undefined, servers: number): number {
  if (limit === undefined) return wanted;
  const room = (limit - reserve - 2 * servers) / 2;
  if (room >= wanted) return wanted;
  return Math.max(100, room >= step ? Math.floor(room / step) * step : Math.floor(room));
}
