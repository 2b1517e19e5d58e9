/**
 * What a problem does to the traffic. `excluded` keeps an app or one of its services out of the configuration.
 * `warning` keeps out less than that (a task, an unread label), or only reports. `note` is a normal state that explains
 * why something is not served: no group, no task.
 */
export type Severity = "excluded" | "warning" | "note";

/** What all problems of one kind have in common. */
export interface ProblemKind {
  readonly severity: Severity;
  /** The meaning of a problem of this kind for the owner of the app: one sentence. */
  readonly meaning: string;
  /** What to do: one or two sentences. */
  readonly hint: string;
  /** Whether something that the app asks for is not served, though the service is in the configuration. */
  readonly partly?: true;
  /** Whether two apps, or an app and the load balancer, ask for the same name, port or vhost. */
  readonly conflict?: true;
  /** Whether it is normal in every cluster, and so logged at the level DEBUG only. */
  readonly quiet?: true;
}

/**
 * Every kind of problem, by its code: why something of an app is left out, or served in another way than asked for.
 * Codes never change. Log, status, `explain`, `validate`, the page and docs/problems.md read them here.
 */
export const problemKinds = {
  "no-group": {
    severity: "note",
    meaning: "The service has no group, and only a load balancer with `--group '*'` serves it.",
    hint: "Set the label `HAPROXY_GROUP` to a group of this load balancer, such as `external`.",
  },
  "other-group": {
    severity: "note",
    meaning: "The groups of the service are not those of this load balancer.",
    hint: "Add a group of this load balancer to the label `HAPROXY_GROUP`, or to `HAPROXY_{n}_GROUP`.",
    quiet: true,
  },
  "disabled": {
    severity: "note",
    meaning: "The label `HAPROXY_{n}_ENABLED` switches the service off.",
    hint: "Set the label to `true`, or remove it.",
    quiet: true,
  },
  "strict-mode": {
    severity: "note",
    meaning: "With `--strict-mode`, only services with the label `HAPROXY_{n}_ENABLED=true` are served.",
    hint: "Set `HAPROXY_{n}_ENABLED` to `true`.",
  },
  "no-service-port": {
    severity: "note",
    meaning: "The app has no service port, so there is nothing to serve.",
    hint: "Add an entry to `portDefinitions`, or to `container.portMappings` on a container network.",
  },
  "endpoint-not-exposed": {
    severity: "note",
    meaning: "The pod has no label for this endpoint, which stays inside the cluster.",
    hint: "Set `HAPROXY_{n}_VHOST`, or `HAPROXY_{n}_PORT`, to expose it.",
    quiet: true,
  },
  "no-task-port": {
    severity: "note",
    meaning: "The tasks of the app have no port for this service port.",
    hint: "Give the app as many task ports as service ports: compare `ports` of a task with the app's ports.",
    quiet: true,
  },
  "no-task": {
    severity: "note",
    meaning: "The app has no task, so the service has no server.",
    hint:
      "Scale the app to one instance or more. Marathon's queue (`/v2/queue`) says why a task does not start.",
    quiet: true,
  },
  "no-running-task": {
    severity: "note",
    meaning: "No task of the app is running: they start, stop or have failed.",
    hint: "Wait until a task runs, or look at the last failure of the app in Marathon.",
    quiet: true,
  },
  "no-healthy-task": {
    severity: "note",
    meaning: "With `--health-check`, only healthy tasks are served, and Marathon reports none as healthy.",
    hint: "Look at the health check results of the tasks in Marathon.",
    quiet: true,
  },
  "no-reachable-task": {
    severity: "note",
    meaning: "With `--unreachable-tasks remove`, a task whose agent Mesos cannot reach gets no traffic.",
    hint: "Look at the agent. Marathon replaces its tasks after `unreachableStrategy.inactiveAfterSeconds`.",
  },
  "task-without-address": {
    severity: "warning",
    meaning: "A task has no address that HAProxy can use, and gets no traffic.",
    hint: "Wait for the task's IP address, or make the name of its agent resolvable.",
    partly: true,
  },
  "no-ready-task": {
    severity: "note",
    meaning: "The app deploys, and no task has passed its readiness check; until then it gets no traffic.",
    hint:
      "Wait, or look at `readinessCheckResults` of the app in Marathon. `--ignore-readiness-checks` serves it.",
    quiet: true,
  },
  "task-address-ambiguous": {
    severity: "warning",
    meaning:
      "A task has several IP addresses, none is in `--task-networks`, and the first IPv4 address is used.",
    hint: "Name the network that HAProxy reaches the tasks in with `--task-networks`.",
  },
  "own-app": {
    severity: "note",
    meaning: "The app is this load balancer itself, by `$FRAMEWORK_NAME`, and is not served.",
    hint: "Nothing is to do. Another load balancer can serve it.",
  },
  "app-unreadable": {
    severity: "excluded",
    meaning: "The app's definition in Marathon's answer does not fit, and the app is not served.",
    hint: "Correct the member that the message names.",
  },
  "app-too-large": {
    severity: "excluded",
    meaning: "The app's JSON is larger than one app may be, and the app is not served.",
    hint: "Split the app, or shorten its labels.",
  },
  "two-of-one-id": {
    severity: "excluded",
    meaning: "Marathon lists several apps with this id, and only the first that fits is served.",
    hint: "Remove all but one of them. Marathon itself never lists two.",
    conflict: true,
  },
  "static-id-taken": {
    severity: "excluded",
    meaning: "Marathon and a file of `--static-apps` have an app of this id, and one of the two is served.",
    hint: "Give one of the two another id, or remove it.",
  },
  "deployment-unreadable": {
    severity: "excluded",
    meaning: "A label of a blue/green deployment is wrong, and this side of the deployment is not served.",
    hint: "Correct the label that the message names; see docs/blue-green.md.",
  },
  "service-unreadable": {
    severity: "excluded",
    meaning: "A label, the port or the health check of the service is wrong, and the service is not served.",
    hint: "Correct the value that the message names; `marathon-lb --longhelp` has the grammar of each label.",
  },
  "vhost-unreadable": {
    severity: "excluded",
    meaning: "The label `HAPROXY_{n}_VHOST` holds a URL or a port, and the service is not served.",
    hint:
      "Write the host name alone, without `http://`, port and path. The path goes into `HAPROXY_{n}_PATH`.",
  },
  "template-unreadable": {
    severity: "excluded",
    meaning: "A template in a label cannot be compiled, and the service is not served.",
    hint:
      "Correct the label that the message names; `marathon-lb --longhelp` lists the values of each template.",
  },
  "name-taken": {
    severity: "excluded",
    meaning: "Another service has the backend's name or the port at this app, and the service is not served.",
    hint: "Give one of the two another port with `HAPROXY_{n}_PORT`.",
    conflict: true,
  },
  "template-fails": {
    severity: "excluded",
    meaning: "A template of the service cannot be rendered, and the service is not served.",
    hint: "Correct the template label that the message names.",
  },
  "haproxy-refuses": {
    severity: "excluded",
    meaning: "HAProxy refuses the service; its last good sections are served, if there are any.",
    hint: "Correct what HAProxy complains of. It is tried again when the app changes, and every 5 minutes.",
    partly: true,
  },
  "waits-for-haproxy": {
    severity: "warning",
    meaning: "HAProxy has not checked the service yet; its last good sections are served, if there are any.",
    hint: "Wait for the check. If it lasts, look for other services that HAProxy refuses.",
    partly: true,
  },
  "last-good-served": {
    severity: "note",
    meaning: "HAProxy serves the last good sections of the service instead of today's.",
    hint: "Correct what HAProxy refuses: tasks are followed meanwhile, changes of labels are not.",
    partly: true,
  },
  "held-back": {
    severity: "note",
    meaning: "The mass-removal guard holds Marathon's answer back, because it removes nearly everything.",
    hint: "Check that Marathon is well. The answer is applied after `--mass-removal-delay` if it stays.",
    partly: true,
  },
  "not-applied": {
    severity: "note",
    meaning: "The configuration in service does not have the service yet.",
    hint: "Look at `/_mlb_health` and the log: the last synchronisation failed, or one is under way.",
  },
  "port-range-full": {
    severity: "warning",
    meaning: "No port is left for a service of an IP-per-task app, and the service is not served.",
    hint: "Widen `--min-serv-port-ip-per-task` and `--max-serv-port-ip-per-task`.",
  },
  "port-taken": {
    severity: "warning",
    meaning: "Another app has the port; vhosts and app id still lead to the service.",
    hint: "Give one of the two another port with `HAPROXY_{n}_PORT`.",
    partly: true,
    conflict: true,
  },
  "own-port": {
    severity: "warning",
    meaning: "The load balancer itself listens on the port; vhosts and app id still lead to the service.",
    hint: "Give the service another port with `HAPROXY_{n}_PORT`, or move the listener with its flag.",
    partly: true,
    conflict: true,
  },
  "own-port-elsewhere": {
    severity: "note",
    meaning: "The load balancer itself listens on the port too, at another address.",
    hint: "Nothing is to do where both addresses are meant. Else give the service another port.",
  },
  "no-way-in": {
    severity: "note",
    meaning: "The service port is closed, and no vhost or app id leads to the service.",
    hint:
      "Give the service a vhost with `HAPROXY_{n}_VHOST`, or open its port with `HAPROXY_{n}_EXPOSE_PORT=true`.",
    quiet: true,
  },
  "vhost-taken": {
    severity: "warning",
    meaning: "Another app has the vhost and path, and the service does not get their requests.",
    hint: "Give one of the two another vhost or path.",
    partly: true,
    conflict: true,
  },
  "vhost-behind": {
    severity: "warning",
    meaning: "The rule of the vhost stands behind the rule of an app that was served earlier.",
    hint: "Lower `HAPROXY_{n}_BACKEND_WEIGHT`, so that the order is the one that you ask for.",
  },
  "vhost-shadowed": {
    severity: "warning",
    meaning: "The rule of another service comes first and gets the requests for the vhost and path.",
    hint: "Give one of the two another vhost or path, or a higher `HAPROXY_{n}_BACKEND_WEIGHT`.",
    partly: true,
    conflict: true,
  },
  "share-refused": {
    severity: "warning",
    meaning:
      "Another service has the vhost and path without a share, and this one gets none of their requests.",
    hint: "Set `HAPROXY_{n}_TRAFFIC_SHARE` at the other app too, to `rest` for what is left.",
    partly: true,
    conflict: true,
  },
  "share-sum": {
    severity: "warning",
    meaning: "The shares of a vhost and path are not 100 % together, and each gets its part of the sum.",
    hint: "Correct one of the labels `HAPROXY_{n}_TRAFFIC_SHARE`, or set one of them to `rest`.",
  },
  "share-alone": {
    severity: "note",
    meaning: "No other service with a share has the vhost and path, so the service gets all requests.",
    hint: "Nothing is to do before the other side is there. Both sides need the same vhost and path.",
    quiet: true,
  },
  "share-mixed": {
    severity: "warning",
    meaning: "A login or a redirect to HTTPS of one side of a share counts for the requests of all sides.",
    hint: "Give all sides the same `HAPROXY_{n}_AUTH` and `HAPROXY_{n}_REDIRECT_TO_HTTPS`.",
  },
  "app-id-taken": {
    severity: "warning",
    meaning:
      "The app's id differs from another one in case only, and requests by app id go to the other app.",
    hint: "Give one of the two another id.",
    partly: true,
    conflict: true,
  },
  "tls-ignored": {
    severity: "warning",
    meaning: "The certificate and bind options do not count: another app serves the root of the vhost.",
    hint: "Set them at the app that serves the root of the vhost.",
    conflict: true,
  },
  "passthrough-impossible": {
    severity: "warning",
    meaning:
      "TLS is not passed through: the operator's template of the HTTPS frontend has a bind of its own.",
    hint: "Ask the operator to write `{httpsBind}` in `HAPROXY_HTTPS_FRONTEND_HEAD` for the address.",
    partly: true,
  },
  "task-unfit": {
    severity: "warning",
    meaning: "A task cannot be a server of HAProxy, and gets no traffic.",
    hint: "Look at the member of the task that the message names.",
    partly: true,
  },
  "server-loops": {
    severity: "warning",
    meaning: "A task's address and port are those at which HAProxy listens, so it gets no traffic.",
    hint: "Give the service another port with `HAPROXY_{n}_PORT`.",
    partly: true,
  },
  "label-unknown": {
    severity: "warning",
    meaning: "A label begins like those of marathon-lb, but there is none of its name, so it has no effect.",
    hint: "Correct the name, or remove the label; `marathon-lb --longhelp` lists all labels.",
    partly: true,
  },
  "label-without-index": {
    severity: "warning",
    meaning: "A label of a service lacks the index of the service port, so it has no effect.",
    hint: "Put the index behind `HAPROXY_`, such as `HAPROXY_0_VHOST`; 0 is the first service port.",
    partly: true,
  },
  "index-without-port": {
    severity: "warning",
    meaning:
      "The index in a label's name is beyond the service ports of the app, so the label has no effect.",
    hint: "Count the service ports from 0, or give the app more of them.",
    partly: true,
  },
  "path-without-slash": {
    severity: "warning",
    meaning: "A path of `HAPROXY_{n}_PATH` does not begin with `/`, so no request matches it.",
    hint: "Begin each path with `/`.",
    partly: true,
  },
  "boolean-misspelt": {
    severity: "warning",
    meaning: "A label that takes `true` or `false` holds neither, and counts as false.",
    hint: "Write `true` or `false`.",
  },
  "endpoint-without-port": {
    severity: "excluded",
    meaning: "Endpoints of pods have no service port, and this one has labels, but none that exposes it.",
    hint: "Set `HAPROXY_{n}_VHOST` to a host name, or `HAPROXY_{n}_PORT` to a port of the load balancer.",
  },
  "udp-port": {
    severity: "excluded",
    meaning:
      "The service port is for UDP alone, HAProxy balances TCP and HTTP only, and the service is not served.",
    hint:
      "Set the protocol of the port to `tcp` or `udp,tcp`, or the label `HAPROXY_{n}_ENABLED` to `false`.",
  },
  "label-ignored": {
    severity: "warning",
    meaning: "A template label is not allowed, and the default template is used.",
    hint: "Ask the operator to name the template in `--allow-template-labels`.",
  },
  "auth-incomplete": {
    severity: "warning",
    meaning: "A login is set, but some ways to the service are open or no password passes.",
    hint: "Set `HAPROXY_{n}_AUTH_EVERYWHERE=true`, or make the password with `openssl passwd -6`.",
  },
  "url-without-listener": {
    severity: "note",
    meaning: "No frontend listens on the port of the URL.",
    hint: "Compare the port with the service ports, `--http-bind` and `--https-bind`.",
  },
  "url-without-vhost": {
    severity: "note",
    meaning: "No service has the host of the URL as its vhost.",
    hint: "Compare the host with the label `HAPROXY_{n}_VHOST` of the app, and ask `explain` about the app.",
  },
  "url-without-path": {
    severity: "note",
    meaning: "Services have the host of the URL as their vhost, but none the path.",
    hint: "Compare the path with the label `HAPROXY_{n}_PATH` of the app.",
  },
  "url-by-app-id": {
    severity: "note",
    meaning: "The port of the URL finds apps by a header and not by host and path.",
    hint: "Send the header `X-Marathon-App-Id` with the app's id, such as `/shop`.",
  },
  "template-replaced": {
    severity: "warning",
    meaning: "A line of a template is of an older HAProxy, and its successor is used.",
    hint: "Write the successor that the message names.",
  },
} as const satisfies Readonly<Record<string, ProblemKind>>;

export type ProblemCode = keyof typeof problemKinds;

/** What a problem is about. */
export interface ProblemSubject {
  /** The app's id, or another name for it if it has none. */
  readonly app: string;
  /** Index of the service port, if the problem is about one service. */
  readonly index?: number;
}

/**
 * Something about one app that its owner or the operator should know. The pure core returns problems instead of
 * throwing or logging, so that one bad app never stops the others. Only {@link problemOf} makes them.
 */
export interface Problem extends ProblemSubject {
  readonly code: ProblemCode;
  readonly severity: Severity;
  /** One sentence: app, label, value and what was expected. */
  readonly message: string;
  /** What to do, if it is more precise than the hint of the kind. */
  readonly hint?: string;
}

/**
 * A problem of the kind `code`, which decides its severity.
 *
 * @param message one sentence that begins with the app
 * @param hint what to do, if it is more precise than the hint of the kind
 */
export function problemOf(
  code: ProblemCode,
  { app, index }: ProblemSubject,
  message: string,
  hint?: string,
): Problem {
  return {
    code,
    severity: problemKinds[code].severity,
    app,
    ...index === undefined ? {} : { index },
    message,
    ...hint === undefined ? {} : { hint },
  };
}

/** A problem of one service, with the service named in front of `said`. */
export function serviceProblem(
  code: ProblemCode,
  subject: Required<ProblemSubject>,
  said: string,
  hint?: string,
): Problem {
  return problemOf(code, subject, `${subject.app}: service ${subject.index}${said}`, hint);
}

/** What to do about a problem: the labels of its service with their index. */
export function hintOf({ code, index, hint = problemKinds[code].hint }: Problem): string {
  return index === undefined ? hint : hint.replaceAll("{n}", String(index));
}

/** Whether a kind is normal in every cluster, and so logged at the level DEBUG only. */
export function isQuiet(code: ProblemCode): boolean {
  const kind: ProblemKind = problemKinds[code];
  return kind.quiet ?? false;
}

/** The level at which a problem is logged. */
export function levelOf({ code }: Pick<Problem, "code">): "error" | "warning" | "info" | "debug" {
  const { severity } = problemKinds[code];
  if (severity === "note") return isQuiet(code) ? "debug" : "info";
  return severity === "excluded" ? "error" : "warning";
}

/** The text of a message without the app and the service at its beginning. */
export function saidOf({ app, index, message }: Problem): string {
  const heads = [`${app}: service ${index}`, app].map((head) => message.startsWith(head) ? head : "");
  return message.slice((heads[0] || heads[1]!).length).replace(/^[: ]+/, "");
}

/** Whether, because of it, something that the app asks for is not served, even if the service is. */
export function isPartly({ code }: Pick<Problem, "code">): boolean {
  const kind: ProblemKind = problemKinds[code];
  return kind.partly ?? false;
}

/** Whether two apps, or an app and the load balancer, ask for the same. */
export function isConflict({ code }: Pick<Problem, "code">): boolean {
  const kind: ProblemKind = problemKinds[code];
  return kind.conflict ?? false;
}

/** Whether a problem took an app or a service out of the configuration. */
export function isExclusion({ severity }: Problem): boolean {
  return severity === "excluded";
}
