/** What the model needs to know beside the apps. */
export interface ModelContext {
  /** `$FRAMEWORK_NAME`: this load balancer's own app id without the leading `/`. */
  readonly frameworkName?: string;
  /** `--health-check`: only tasks that are alive take traffic. */
  readonly healthCheck: boolean;
  /** `--strict-mode`: only services that say `ENABLED` are exposed. */
  readonly strictMode: boolean;
  /** `--allow-template-labels`: names of templates that labels may override; `all` is every one. */
  readonly templateLabels: readonly string[];
  /** `--group`s; `*` takes every service. */
  readonly groups: readonly string[];
  /** Range of ports for IP-per-task apps without any; absent when assignment is off. */
  readonly servicePortRange?: { readonly minimum: number; readonly maximum: number };
  /** Where the load balancer itself listens, and by which flag: no service gets these ports. */
  readonly ownBinds?: readonly { readonly flag: string; readonly host: string; readonly port: number }[];
  /** IPv4 addresses of the agents that are known by name; an unresolvable one is missing. */
  readonly addresses: ReadonlyMap<string, string>;
  /** The last known health of tasks, by task id, for those whose answer carries no results. */
  readonly verdicts: { get(taskId: string): boolean | undefined };
}
