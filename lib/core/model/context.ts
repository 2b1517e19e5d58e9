import { parseBindAddress } from "../addresses.ts";
import type { HashScheme } from "../labels/auth.ts";
import type { LabelTemplates } from "../templates/templateSet.ts";
import type { Incumbents } from "./incumbents.ts";
import type { Routed } from "./routes.ts";

/** What happens to a task with an agent that Mesos cannot reach: it may still serve, or be gone. */
export type UnreachableTasks = "keep" | "drain" | "remove";

/** Which services get a frontend at their service port: all, those that no vhost leads to, or none. */
export type ServicePorts = "all" | "without-vhost" | "none";

/** What the model needs beside the apps. */
export interface ModelContext {
  /** `$FRAMEWORK_NAME`: this load balancer's own app id without the leading `/`. */
  readonly frameworkName?: string;
  /** `--health-check`: only healthy tasks get traffic. */
  readonly healthCheck: boolean;
  /** `--strict-mode`: only services with the label `ENABLED` are exposed. */
  readonly strictMode: boolean;
  /** `--allow-template-labels`: names of templates that labels may override; `all` is every one. */
  readonly templateLabels: readonly string[];
  /** The compiled templates of labels; without it, each reading compiles them again. */
  readonly labelTemplates?: LabelTemplates;
  /** The schemes of crypted passwords that HAProxy can check; undefined means all. */
  readonly hashSchemes?: ReadonlySet<HashScheme>;
  /** `--group`s; `*` means every service. */
  readonly groups: readonly string[];
  /** Range of ports for IP-per-task apps without any; absent when assignment is off. */
  readonly servicePortRange?: { readonly minimum: number; readonly maximum: number };
  /** Where the load balancer itself listens, and by which flag. No service gets these ports. */
  readonly ownBinds?: readonly { readonly flag: string; readonly host: string; readonly port: number }[];
  /** IP addresses of the machine that HAProxy runs on, beside its loopback; undefined where it is another machine. */
  readonly ownAddresses?: ReadonlySet<string>;
  /** `--haproxy-map`: vhosts may be looked up in a map. */
  readonly haproxyMap?: boolean;
  /** `--service-ports`; `all` by default. The label `EXPOSE_PORT` of a service overrides it. */
  readonly servicePorts?: ServicePorts;
  /** What the HTTP and HTTPS frontends lead to; all vhosts by default. */
  readonly routed?: Routed;
  /** What served apps hold. */
  readonly incumbents?: Incumbents;
  /** Whether to include notes that are normal in every cluster, for a log at the level DEBUG. */
  readonly quietNotes?: boolean;
  /** Ids of invalid apps of Marathon. They keep what they hold. */
  readonly unread?: ReadonlySet<string>;
  /** `--unreachable-tasks`: what happens to tasks whose agent Mesos cannot reach; `keep` by default. */
  readonly unreachableTasks?: UnreachableTasks;
  /** `--ignore-readiness-checks`: tasks get traffic before their readiness check has passed. */
  readonly ignoreReadiness?: boolean;
  /** `--task-networks`: which address of a task with several is used; an earlier network comes first. */
  readonly taskNetworks?: readonly string[];
  /** IP addresses of the agents that are known by name; an unresolvable one is missing. */
  readonly addresses: ReadonlyMap<string, string>;
  /** The last known health of tasks, by task id, for those whose answer carries no results. */
  readonly verdicts: { get(taskId: string): boolean | undefined };
}

/** The flags that say where the load balancer listens. */
export interface Listening {
  readonly adminBind: string;
  readonly appidBind: string;
  readonly httpBind: string;
  readonly httpsBind: string;
  /** False with `--dont-bind-http-https`. */
  readonly bindHttpHttps: boolean;
  readonly groupHttpsByVhost: boolean;
}

/**
 * Where the load balancer itself listens. Binds in an operator's own template are unknown here, so their ports are not
 * protected.
 *
 * @param overrides names of the templates that the operator has replaced
 */
export function ownBinds(
  options: Listening,
  overrides: { has(template: string): boolean },
): NonNullable<ModelContext["ownBinds"]> {
  const httpsHead = options.groupHttpsByVhost ? "HTTPS_GROUPED_FRONTEND_HEAD" : "HTTPS_FRONTEND_HEAD";
  const binds = [
    { flag: "--admin-bind", template: "HEAD", address: options.adminBind },
    { flag: "--appid-bind", template: "HTTP_FRONTEND_APPID_HEAD", address: options.appidBind },
    ...(options.bindHttpHttps
      ? [
        { flag: "--http-bind", template: "HTTP_FRONTEND_HEAD", address: options.httpBind },
        { flag: "--https-bind", template: httpsHead, address: options.httpsBind },
      ]
      : []),
  ];
  return binds.flatMap(({ flag, template, address }) => {
    const parsed = overrides.has(template) ? undefined : parseBindAddress(address);
    return parsed ? [{ flag, ...parsed }] : [];
  });
}
