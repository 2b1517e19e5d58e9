const stopped = /^\[\w+\s*\]\s*\(\d+\) : Proxy \S+ stopped \(cumulated conns: /;

/**
 * Whether a line of HAProxy's output tells that one of the frontends or backends of a worker has ended with it: each of them
 * does, as a warning, at each reload.
 */
export function isProxyStopped(line: string): boolean {
  return stopped.test(line);
}
