import assert from "node:assert/strict";
import { explainApp } from "../../../lib/core/explain/app.ts";
import { explanationText } from "../../../lib/core/explain/text.ts";
import { styleFor } from "../../../lib/core/style.ts";
import { verdicts } from "../../../lib/core/explain/verdict.ts";
import { emptyCluster } from "../../../lib/core/marathon/cluster.ts";
import { buildServices } from "../../../lib/core/model/buildServices.ts";
import { holdingsOf } from "../../../lib/core/model/incumbents.ts";
import { hintOf, levelOf, type ProblemCode, problemKinds } from "../../../lib/core/problem.ts";
import { servicesIn } from "../../../lib/core/render/configuration.ts";
import { renderConfiguration } from "../../../lib/core/render/renderConfiguration.ts";
import { statusJson } from "../../../lib/core/status/statusJson.ts";
import { type Finding, findingsOf } from "../../../lib/core/validate/findings.ts";
import {
  compareWith,
  ownVerdicts,
  readFiledDefinitions,
  readOwnApps,
} from "../../../lib/core/validate/ownApps.ts";
import { createLogger } from "../../../lib/shell/log/logger.ts";
import { ProblemLog } from "../../../lib/shell/sync/progress.ts";
import { serviceOf } from "../model/support/serviceOf.ts";
import { marathonApp } from "../model/support/marathonApp.ts";
import { marathonTask } from "../model/support/marathonTask.ts";
import { modelContext } from "../model/support/modelContext.ts";
import { renderContext } from "../render/support/renderContext.ts";
import { at, stateOf } from "../status/support/stateOf.ts";
import { madeOf, type WorldMembers, worldOf } from "./support/worldOf.ts";

/** A mistake or a state, from Marathon's answer on. */
interface Case extends WorldMembers {
  /** The app that has it. */
  readonly app: string;
  readonly index?: number;
  readonly standing: "served" | "partly" | "not-served";
  /** What its message says. */
  readonly says: RegExp;
  readonly hint?: RegExp;
}

const group = { HAPROXY_GROUP: "external" };
const external = { groups: ["external"] };
const shop = { id: "/shop", labels: { HAPROXY_0_VHOST: "shop.com" } };
const other = { id: "/other", portDefinitions: [{ port: 10_002 }] };
const vhost = (name: string, more: Record<string, string> = {}) => ({ HAPROXY_0_VHOST: name, ...more });
const labelled = (labels: Record<string, string>) => ({ apps: [{ id: "/shop", labels }] });
const onContainer = { networks: [{ mode: "container" }], portDefinitions: undefined };
const held = (labels: Parameters<typeof serviceOf>[0] = {}) =>
  holdingsOf([serviceOf({ appId: "/other", port: 10_002, mode: "http", ...labels })]);

/** One case for each code that an app can have; those of a URL are in `url.test.ts`. */
const cases: { readonly [Code in ProblemCode]?: Case } = {
  "no-group": {
    ...external,
    apps: [shop],
    app: "/shop",
    index: 0,
    standing: "not-served",
    says: /it has no group; this load balancer serves external$/,
  },
  "other-group": {
    ...external,
    ...labelled({ HAPROXY_GROUP: "internal" }),
    app: "/shop",
    index: 0,
    standing: "not-served",
    says: /its group is internal; this load balancer serves external$/,
  },
  "disabled": {
    ...labelled({ HAPROXY_0_ENABLED: "false" }),
    app: "/shop",
    index: 0,
    standing: "not-served",
    says: /the label HAPROXY_0_ENABLED switches it off$/,
  },
  "strict-mode": {
    ...labelled(vhost("shop.com")),
    strictMode: true,
    app: "/shop",
    index: 0,
    standing: "not-served",
    says: /--strict-mode serves only what has the label HAPROXY_0_ENABLED=true$/,
  },
  "no-service-port": {
    apps: [{ ...shop, portDefinitions: [] }],
    app: "/shop",
    standing: "not-served",
    says: /it has no service port/,
  },
  "no-task-port": {
    apps: [{ ...shop, portDefinitions: [{ port: 10_001 }, { port: 10_009 }] }],
    app: "/shop",
    index: 1,
    standing: "partly",
    says: /no task has a port with the index 1$/,
  },
  "no-task": {
    apps: [{ ...shop, instances: 0, tasks: [] }],
    app: "/shop",
    index: 0,
    standing: "not-served",
    says: /the app has no task; it is scaled to 0 instances$/,
  },
  "no-running-task": {
    apps: [{ ...shop, tasks: [marathonTask({ state: "TASK_STAGING" })] }],
    app: "/shop",
    index: 0,
    standing: "not-served",
    says: /no task takes traffic, such as web\.1: its state is TASK_STAGING$/,
  },
  "no-healthy-task": {
    healthCheck: true,
    apps: [{
      ...shop,
      healthChecks: [{ protocol: "HTTP" }],
      tasks: [marathonTask({ healthCheckResults: [{ alive: false }] })],
    }],
    app: "/shop",
    index: 0,
    standing: "not-served",
    says: /no task is healthy, such as web\.1: Marathon reports it as unhealthy$/,
  },
  "task-without-address": {
    apps: [{ ...shop, tasks: [marathonTask({ host: "agent-9" })] }],
    app: "/shop",
    standing: "not-served",
    says: /task web\.1 is ignored: its host "agent-9" cannot be resolved/,
  },
  "own-app": {
    frameworkName: "shop",
    apps: [shop],
    app: "/shop",
    standing: "not-served",
    says: /does not serve itself/,
  },
  "app-unreadable": {
    apps: [{ ...shop, labels: 5 }],
    app: "/shop",
    standing: "not-served",
    says: /its labels are 5; expected an object of strings$/,
  },
  "app-too-large": {
    apps: [],
    oversized: ["/shop"],
    app: "/shop",
    standing: "not-served",
    says: /its JSON has more than 8 MiB/,
  },
  "two-of-one-id": {
    apps: [shop, shop],
    app: "/shop",
    standing: "served",
    says: /is in Marathon's answer 2 times/,
  },
  "deployment-unreadable": {
    ...labelled({ HAPROXY_DEPLOYMENT_GROUP: "web", HAPROXY_DEPLOYMENT_STARTED_AT: "yesterday" }),
    app: "/shop",
    standing: "not-served",
    says: /HAPROXY_DEPLOYMENT_STARTED_AT is "yesterday"/,
  },
  "service-unreadable": {
    ...labelled({ HAPROXY_0_MODE: "udp" }),
    app: "/shop",
    index: 0,
    standing: "not-served",
    says: /is left out: HAPROXY_0_MODE is "udp"/,
  },
  "vhost-unreadable": {
    ...labelled(vhost("https://shop.com:8443/cart,www.shop.com")),
    app: "/shop",
    index: 0,
    standing: "not-served",
    says: /is left out: HAPROXY_0_VHOST is "https:\/\/shop\.com:8443\/cart/,
    hint: /^Set HAPROXY_0_VHOST to shop\.com,www\.shop\.com$/,
  },
  "template-unreadable": {
    ...labelled({ HAPROXY_0_BACKEND_HEAD: "{nope}" }),
    app: "/shop",
    index: 0,
    standing: "not-served",
    says: /HAPROXY_0_BACKEND_HEAD cannot be used as a template/,
  },
  "name-taken": {
    apps: [{ id: "/a/b", labels: vhost("a.com") }, { id: "/a_b", labels: vhost("b.com") }],
    app: "/a_b",
    index: 0,
    standing: "not-served",
    says: /the backend name a_b_10001 is taken by \/a\/b: service 0/,
  },
  "template-fails": {
    ...labelled({ HAPROXY_0_BACKEND_HTTP_OPTIONS: "frontend evil\n", HAPROXY_0_MODE: "http" }),
    app: "/shop",
    index: 0,
    standing: "not-served",
    says: /is left out: HAPROXY_0_BACKEND_HTTP_OPTIONS/,
  },
  "haproxy-refuses": {
    apps: [shop],
    admission: { "/shop": "refused" },
    app: "/shop",
    index: 0,
    standing: "not-served",
    says: /HAProxy refuses it: line 7: unknown keyword 'nonsense'; nothing is served instead$/,
  },
  "waits-for-haproxy": {
    apps: [shop],
    admission: { "/shop": "waits" },
    app: "/shop",
    index: 0,
    standing: "not-served",
    says: /waits until HAProxy has checked it: HAProxy refuses others beside it/,
  },
  "port-range-full": {
    servicePortRange: { minimum: 10_000, maximum: 10_000 },
    apps: ["/other", "/shop"].map((id) => ({
      ...onContainer,
      id,
      labels: vhost(`${id.slice(1)}.com`),
      container: { portMappings: [{ containerPort: 80 }] },
      tasks: [marathonTask({ ipAddresses: [{ ipAddress: "10.1.0.1" }] })],
    })),
    app: "/shop",
    index: 0,
    standing: "not-served",
    says: /gets no port: the range for IP-per-task apps is full/,
  },
  "port-taken": {
    apps: [{ id: "/other" }, shop],
    app: "/shop",
    index: 0,
    standing: "partly",
    says: /port 10001 is taken by \/other: service 0/,
  },
  "own-port": {
    ownBinds: [{ flag: "--admin-bind", host: "*", port: 9090 }],
    ...labelled({ HAPROXY_0_PORT: "9090" }),
    app: "/shop",
    index: 0,
    standing: "partly",
    says: /port 9090 is that of --admin-bind/,
  },
  "own-port-elsewhere": {
    ownBinds: [{ flag: "--admin-bind", host: "10.0.0.1", port: 9090 }],
    ...labelled({ HAPROXY_0_PORT: "9090", HAPROXY_0_BIND_ADDR: "10.0.0.2" }),
    app: "/shop",
    index: 0,
    standing: "served",
    says: /it listens on port 9090 at 10\.0\.0\.2, and --admin-bind at 10\.0\.0\.1$/,
  },
  "vhost-taken": {
    apps: [{ ...other, labels: vhost("shop.com") }, shop],
    incumbents: held({ labels: { VHOST: ["shop.com"] } }),
    app: "/shop",
    index: 0,
    standing: "partly",
    says: /is served without the vhost and path "shop\.com": they are taken by \/other: service 0/,
  },
  "vhost-behind": {
    apps: [
      { ...other, labels: vhost("shop.com", { HAPROXY_0_PATH: "/cart" }) },
      { id: "/shop", labels: vhost("shop.com", { HAPROXY_0_BACKEND_WEIGHT: "9" }) },
    ],
    incumbents: held({ labels: { VHOST: ["shop.com"], PATH: "/cart" } }),
    app: "/shop",
    index: 0,
    standing: "served",
    says: /has its rule for "shop\.com" behind that for "shop\.com \/cart" of \/other: service 0/,
  },
  "vhost-shadowed": {
    apps: [
      { ...other, labels: vhost("shop.com", { HAPROXY_0_BACKEND_WEIGHT: "9" }) },
      { id: "/shop", labels: vhost("shop.com", { HAPROXY_0_PATH: "/cart" }) },
    ],
    app: "/shop",
    index: 0,
    standing: "partly",
    says: /the rule of \/other: service 0 for "shop\.com" comes first: its weight is 9, and here it is 1$/,
  },
  "app-id-taken": {
    apps: [
      { id: "/web", labels: vhost("a.com") },
      { ...other, id: "/shop", labels: vhost("b.com", { HAPROXY_DEPLOYMENT_GROUP: "Web" }) },
    ],
    app: "/shop",
    index: 0,
    standing: "partly",
    says: /requests with its id go to \/web/,
  },
  "tls-ignored": {
    render: { groupHttpsByVhost: true },
    apps: [
      { ...other, labels: vhost("shop.com") },
      {
        id: "/shop",
        labels: vhost("shop.com", { HAPROXY_0_PATH: "/cart", HAPROXY_0_SSL_CERT: "/etc/a.pem" }),
      },
    ],
    app: "/shop",
    index: 0,
    standing: "served",
    says: /do not count for the vhost "shop\.com": \/other serves its root$/,
  },
  "task-unfit": {
    apps: [{ ...shop, tasks: [marathonTask(), marathonTask({ id: "web.2", ports: ["x"] })] }],
    app: "/shop",
    standing: "partly",
    says: /task web\.2 is ignored: its ports are \["x"\]/,
  },
  "server-loops": {
    apps: [{ ...shop, tasks: [marathonTask({ host: "127.0.0.1", ports: [10_001] })] }],
    app: "/shop",
    index: 0,
    standing: "not-served",
    says: /the server 127\.0\.0\.1:10001 is ignored: HAProxy listens there itself/,
  },
  "label-ignored": {
    templateLabels: [],
    ...labelled({ HAPROXY_0_BACKEND_HEAD: "\nbackend {backend}\n" }),
    app: "/shop",
    index: 0,
    standing: "served",
    says: /HAPROXY_0_BACKEND_HEAD is ignored: --allow-template-labels does not name it$/,
  },
  "auth-incomplete": {
    ...labelled(vhost("shop.com", { HAPROXY_0_AUTH: "Shop:alice:$5$a$b" })),
    app: "/shop",
    index: 0,
    standing: "served",
    says: /HAPROXY_0_AUTH/,
  },
  "template-replaced": {
    ...labelled({ HAPROXY_0_BACKEND_HTTP_OPTIONS: "  reqadd X-A:\\ b\n", HAPROXY_0_MODE: "http" }),
    app: "/shop",
    index: 0,
    standing: "served",
    says: /HAPROXY_0_BACKEND_HTTP_OPTIONS/,
  },
  "label-unknown": {
    ...labelled({ HAPROXY_0_VHOTS: "shop.com" }),
    app: "/shop",
    index: 0,
    standing: "partly",
    says: /there is no label HAPROXY_0_VHOTS, it has no effect; did you mean HAPROXY_0_VHOST\?$/,
    hint: /^Rename it to HAPROXY_0_VHOST$/,
  },
  "label-without-index": {
    ...labelled({ HAPROXY_VHOST: "shop.com" }),
    app: "/shop",
    standing: "partly",
    says:
      /the label HAPROXY_VHOST has no effect without the index of a service port; did you mean HAPROXY_0_VHOST\?$/,
  },
  "index-without-port": {
    ...labelled({ HAPROXY_1_VHOST: "shop.com" }),
    app: "/shop",
    standing: "partly",
    says: /the label HAPROXY_1_VHOST has no effect: the app has one service port, number 0$/,
    hint: /^Rename it to HAPROXY_0_VHOST, or give the app more ports$/,
  },
  "path-without-slash": {
    ...labelled(vhost("shop.com", { HAPROXY_0_PATH: "cart" })),
    app: "/shop",
    index: 0,
    standing: "partly",
    says: /HAPROXY_0_PATH has "cart", which no path begins with; did you mean "\/cart"\?$/,
  },
  "boolean-misspelt": {
    ...labelled({ HAPROXY_0_STICKY: "ture" }),
    app: "/shop",
    index: 0,
    standing: "served",
    says: /HAPROXY_0_STICKY is "ture", which counts as false; expected true or false$/,
  },
  "udp-port": {
    apps: [{ ...shop, portDefinitions: [{ port: 10_001, protocol: "udp" }] }],
    app: "/shop",
    index: 0,
    standing: "not-served",
    says: /is left out: its port is for UDP alone$/,
  },
  "no-reachable-task": {
    unreachableTasks: "remove",
    apps: [{ ...shop, tasks: [marathonTask({ state: "TASK_UNREACHABLE" })] }],
    app: "/shop",
    index: 0,
    standing: "not-served",
    says:
      /no task is reachable, such as web\.1: Mesos cannot reach its agent \(--unreachable-tasks remove\)$/,
  },
  "no-ready-task": {
    apps: [{
      ...shop,
      version: "2",
      readinessChecks: [{}],
      deployments: [{ id: "one" }],
      readinessCheckResults: [{ taskId: "web.1", ready: false }],
      tasks: [marathonTask({ version: "2" })],
    }],
    app: "/shop",
    index: 0,
    standing: "not-served",
    says: /no task is ready, such as web\.1: its readiness check has not passed yet$/,
  },
  "no-way-in": {
    apps: [{ id: "/db", labels: group }],
    servicePorts: "none",
    app: "/db",
    index: 0,
    standing: "not-served",
    says: /nothing leads to it: --service-ports none closes its port 10001, and it has no vhost$/,
    hint: /HAPROXY_0_EXPOSE_PORT=true/,
  },
  "share-refused": {
    apps: [
      { ...shop, labels: { HAPROXY_0_VHOST: "a.com" } },
      {
        ...shop,
        id: "/canary",
        portDefinitions: [{ port: 10_002 }],
        labels: { HAPROXY_0_VHOST: "a.com", HAPROXY_0_TRAFFIC_SHARE: "10" },
      },
    ],
    app: "/canary",
    index: 0,
    standing: "partly",
    says:
      /the vhost and path "a\.com": \/shop: service 0 has them too, without a share; set HAPROXY_0_TRAFFIC_SHARE=rest at \/shop$/,
  },
  "share-sum": {
    apps: [
      { ...shop, labels: { HAPROXY_0_VHOST: "a.com", HAPROXY_0_TRAFFIC_SHARE: "80" } },
      {
        ...shop,
        id: "/canary",
        portDefinitions: [{ port: 10_002 }],
        labels: { HAPROXY_0_VHOST: "a.com", HAPROXY_0_TRAFFIC_SHARE: "10" },
      },
    ],
    app: "/shop",
    index: 0,
    standing: "served",
    says: /those for "a\.com" are 90 % together, and each gets its part of the sum$/,
  },
  "share-alone": {
    apps: [{ ...shop, labels: { HAPROXY_0_VHOST: "a.com", HAPROXY_0_TRAFFIC_SHARE: "10" } }],
    app: "/shop",
    index: 0,
    standing: "served",
    says: /gets all requests of its vhosts and paths: no other service with a share has them$/,
  },
  "share-mixed": {
    apps: [
      {
        ...shop,
        labels: {
          HAPROXY_0_VHOST: "a.com",
          HAPROXY_0_TRAFFIC_SHARE: "rest",
          HAPROXY_0_REDIRECT_TO_HTTPS: "true",
        },
      },
      {
        ...shop,
        id: "/canary",
        portDefinitions: [{ port: 10_002 }],
        labels: { HAPROXY_0_VHOST: "a.com", HAPROXY_0_TRAFFIC_SHARE: "10" },
      },
    ],
    app: "/canary",
    index: 0,
    standing: "served",
    says:
      /shares "a\.com" with services of another REDIRECT_TO_HTTPS, which counts for all of their requests$/,
  },
  "task-address-ambiguous": {
    apps: [{
      ...shop,
      ...onContainer,
      container: { portMappings: [{ containerPort: 80, servicePort: 10_001 }] },
      tasks: [marathonTask({ ipAddresses: [{ ipAddress: "10.1.0.1" }, { ipAddress: "10.2.0.1" }] })],
    }],
    app: "/shop",
    standing: "served",
    says: /task web\.1 has the addresses 10\.1\.0\.1, 10\.2\.0\.1; 10\.1\.0\.1 is used$/,
  },
};

/** What a file does not tell: it depends on tasks, or on HAProxy, or only Marathon's answer can have it. */
const unvalidated: readonly ProblemCode[] = [
  "no-task-port",
  "no-task",
  "no-running-task",
  "no-healthy-task",
  "no-reachable-task",
  "no-ready-task",
  "task-address-ambiguous",
  "task-without-address",
  "task-unfit",
  "server-loops",
  "haproxy-refuses",
  "waits-for-haproxy",
  "app-too-large",
  "two-of-one-id",
  "port-range-full",
];

/** What the log does not have a line for: nothing is wrong, or the line of its cause says it. */
const unlogged: readonly ProblemCode[] = ["own-app"];

/** Codes with a test of their own below, or in another file. */
const elsewhere: readonly ProblemCode[] = [
  "static-id-taken",
  // pods.test.ts of Marathon's answers.
  "endpoint-not-exposed",
  "endpoint-without-port",
  "last-good-served",
  "held-back",
  "not-applied",
  // passthrough.test.ts of rendering.
  "passthrough-impossible",
  "url-without-listener",
  "url-without-vhost",
  "url-without-path",
  "url-by-app-id",
];

Deno.test("problem codes: every code of the catalogue has a case here, or a test of its own", () => {
  const known = [...Object.keys(cases), ...elsewhere];
  assert.deepEqual(Object.keys(problemKinds).filter((code) => !known.includes(code)), []);
});

for (const [code, { app, index, standing, says, hint, ...members }] of Object.entries(cases)) {
  const { world, notes } = madeOf(members);

  Deno.test(`problem code ${code}: from Marathon's answer to a verdict with a reason`, () => {
    const verdict = verdicts(world).find((one) => one.app === app);
    assert.ok(verdict, `no verdict on ${app}`);
    assert.equal(verdict.standing, standing, JSON.stringify(verdict.reasons));
    const reason = verdict.reasons.find((one) => one.code === code);
    assert.ok(reason, JSON.stringify(verdict.reasons));
    assert.match(reason.message, says);
    assert.equal(reason.index, index);
    if (hint) assert.match(reason.hint, hint);
    assert.doesNotMatch(reason.hint, /\{n\}/.test(reason.hint) && index !== undefined ? /\{n\}/ : /^$/);
  });

  if (!unlogged.includes(code as ProblemCode)) {
    Deno.test(`problem code ${code}: a line of the log has app, service, code and reason as fields`, () => {
      const lines: Record<string, unknown>[] = [];
      const logger = createLogger({
        level: "debug",
        format: "json",
        write: (line) => lines.push(JSON.parse(line)),
      });
      const log = new ProblemLog(logger);
      log.report(world.problems);
      log.reportNotes(notes);
      const [line, ...more] = lines.filter((line) => line.code === code);
      assert.ok(line, JSON.stringify(lines));
      assert.equal(more.filter((one) => one.message === line.message).length, 0);
      assert.equal(line.level, levelOf({ code: code as ProblemCode }));
      assert.match(String(line.app), /^\//);
      assert.match(String(line.message), says);
      assert.match(String(line.reason), says);
      assert.equal(line.service, index);
      // Told once.
      lines.length = 0;
      log.report(world.problems);
      log.reportNotes(notes);
      assert.deepEqual(lines, []);
    });
  }

  Deno.test(`problem code ${code}: the status has it with its hint`, () => {
    const state = stateOf({ problems: world.problems });
    const { excluded, warnings, notServed } = JSON.parse(
      statusJson(state, at(0), { failing: 1, stage: 1, stale: 1 }, [], verdicts(world)),
    );
    const { severity } = problemKinds[code as ProblemCode];
    const member = severity === "excluded"
      ? excluded
      : severity === "warning"
      ? warnings
      : notServed.services;
    // A note on what is served is nothing that the status lists.
    if (severity === "note" && standing === "served") return assert.deepEqual(member, []);
    const [found] = member.filter((one: { code: string }) => one.code === code);
    assert.ok(found, JSON.stringify({ excluded, warnings, notServed }));
    assert.match(found.reason, says);
    assert.equal(found.service, index);
    assert.ok(found.hint.length > 0);
    if (severity === "note") assert.equal(notServed.codes[code] ?? 0, standing === "not-served" ? 1 : 0);
  });

  Deno.test(`problem code ${code}: explain prints it, its message and what to do`, () => {
    const explanation = explainApp(world, app);
    assert.ok(!("nearest" in explanation));
    const text = explanationText(explanation, styleFor(false));
    const printed = text.split("\n").find((line) => line.startsWith(`${code}: `));
    assert.match(printed ?? text, says);
    assert.match(text, /^ {2}To do: \S/m);
  });

  if (unvalidated.includes(code as ProblemCode)) continue;
  Deno.test(`problem code ${code}: validate finds it in a file, where no task runs`, () => {
    const found = findingsIn(members).filter((one) => one.code === code && one.app === app);
    assert.ok(found.length > 0, JSON.stringify(findingsIn(members).map(({ code, app }) => [code, app])));
    assert.match(found[0]!.message, says);
    assert.ok(found[0]!.line !== undefined && found[0]!.hint.length > 0);
  });
}

/** The findings about apps of a file, which has no tasks. */
function findingsIn({ apps, render, ...members }: WorldMembers): Finding[] {
  const definitions = apps.map((app) => {
    const { tasks: _, ...definition } = marathonApp(app);
    return definition;
  });
  const reading = readFiledDefinitions("apps.json", JSON.stringify(definitions, undefined, 2));
  assert.ok("definitions" in reading);
  const own = readOwnApps(reading.definitions);
  const cluster = compareWith(emptyCluster, own).after;
  const context = renderContext(render);
  const model = modelContext({ haproxyMap: context.haproxyMap, ...members });
  const { services, problems } = buildServices([...cluster.apps.values()], model);
  const configuration = renderConfiguration(services, context);
  const all = [...cluster.problems.values(), ...problems, ...configuration.problems];
  const world = {
    cluster,
    services: servicesIn(configuration),
    configuration,
    problems: all,
    model,
    render: context,
  };
  const byId = new Map(ownVerdicts(world, own, true).map((verdict) => [verdict.app, verdict]));
  return [...own.first.values()].flatMap((filed) => {
    const verdict = byId.get(filed.id);
    return verdict ? findingsOf(filed, verdict) : [];
  });
}

Deno.test("problem code last-good-served: what HAProxy refuses now is served as it was, since the refusal", () => {
  const world = worldOf({ apps: [shop], admission: { "/shop": "refused now" } });
  const refusal = world.problems.find(({ code }) => code === "haproxy-refuses")!;
  const [verdict] = verdicts({ ...world, since: new Map([[refusal.message, 1_000]]) });
  assert.equal(verdict!.standing, "partly");
  assert.deepEqual(verdict!.reasons.map(({ code, since }) => [code, since]), [
    ["haproxy-refuses", 1_000],
    ["last-good-served", 1_000],
  ]);
  assert.equal(verdict!.services[0]!.up, 1);
});

Deno.test("problem code held-back: an app that the guard keeps from being served or from being removed", () => {
  const before = worldOf({ apps: [shop] });
  const after = worldOf({ apps: [{ ...other, labels: group }] });
  const guarded = {
    ...after,
    configuration: before.configuration,
    services: before.services,
    held: { since: 2_000 },
  };
  const [fresh, removed] = verdicts(guarded);
  assert.deepEqual([fresh!.app, fresh!.standing], ["/other", "not-served"]);
  assert.deepEqual(fresh!.reasons.map(({ code, since, index }) => [code, since, index]), [[
    "held-back",
    2_000,
    0,
  ]]);
  assert.deepEqual([removed!.app, removed!.standing], ["/shop", "partly"]);
  assert.deepEqual(removed!.reasons.map(({ code, since }) => [code, since]), [["held-back", 2_000]]);
});

Deno.test("problem code not-applied: an app that came after the configuration in service", () => {
  const before = worldOf({ apps: [] });
  const after = worldOf({ apps: [shop] });
  const world = { ...after, configuration: before.configuration, services: [], problems: [] };
  const [verdict] = verdicts(world);
  assert.equal(verdict!.standing, "not-served");
  assert.deepEqual(verdict!.reasons.map(({ code }) => code), ["not-applied"]);
});

Deno.test("hints: a service's labels have its index", () => {
  const hint = hintOf({
    code: "disabled",
    severity: "note",
    app: "/a",
    index: 3,
    message: "/a: service 3: off",
  });
  assert.doesNotMatch(hint, /\{n\}/);
  assert.match(
    hintOf({ code: "strict-mode", severity: "note", app: "/a", index: 3, message: "" }),
    /HAPROXY_3_ENABLED/,
  );
});
