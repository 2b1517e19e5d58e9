/** Where HAProxy listens, all on 127.0.0.1. */
export interface DemoPorts {
  readonly http: number;
  readonly https: number;
  readonly appId: number;
  readonly admin: number;
  /** Service ports, in the order of `demoApps`. */
  readonly services: readonly number[];
}
