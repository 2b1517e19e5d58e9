import assert from "node:assert/strict";
import { RefusedServices } from "../../../lib/core/admission/refused.ts";
import { readIncumbents } from "../../../lib/core/admission/readIncumbents.ts";
import { authWarnings } from "../../../lib/core/labels/auth.ts";
import { buildServices } from "../../../lib/core/model/buildServices.ts";
import type { ModelContext, ServicePorts } from "../../../lib/core/model/context.ts";
import { holdingsOf, joinIncumbents } from "../../../lib/core/model/incumbents.ts";
import { renderConfiguration } from "../../../lib/core/render/renderConfiguration.ts";
import { renderContext } from "../render/support/renderContext.ts";
import { appOf } from "./support/appOf.ts";
import { marathonTask } from "./support/marathonTask.ts";
import { modelContext } from "./support/modelContext.ts";

type Labels = Readonly<Record<string, string>>;

const app = (id: string, labels: Labels, port = 10_001, more: Record<string, unknown> = {}) =>
  appOf({
    id,
    portDefinitions: [{ port }],
    labels: Object.fromEntries(
      Object.entries(labels).map(([name, value]) => [`HAPROXY_0_${name}`, value]),
    ),
    ...more,
  });

const build = (apps: readonly ReturnType<typeof appOf>[], context: Partial<ModelContext> = {}) =>
  buildServices(apps, modelContext(context));

/** The ids of the apps that have a frontend at their service port. */
const open = ({ services }: Pick<ReturnType<typeof build>, "services">) =>
  services.filter(({ frontend }) => frontend !== false).map(({ appId }) => appId);
const said = ({ problems }: ReturnType<typeof build>) => problems.map(({ app, code }) => `${app} ${code}`);

const web = { VHOST: "web.test" };
const tls = { VHOST: "tls.test", SNI_PASSTHROUGH: "true" };
const noVhosts = { routed: { vhosts: false, passthrough: true } };
const noPassthrough = { routed: { vhosts: true, passthrough: false } };

const table: [what: string, labels: Labels, openWith: ServicePorts[], context?: Partial<ModelContext>][] = [
  ["a vhost", web, ["all"]],
  ["a vhost with a path", { ...web, PATH: "/x" }, ["all"]],
  ["a vhost that is a wildcard", { VHOST: "*.test" }, ["all"]],
  ["TLS passthrough", tls, ["all"]],
  ["TLS passthrough, which is impossible", tls, ["all", "without-vhost"], noPassthrough],
  ["a vhost beside that", web, ["all"], noPassthrough],
  ["no vhost in mode tcp", {}, ["all", "without-vhost"]],
  ["no vhost in mode http", { MODE: "http" }, ["all", "without-vhost"]],
  ["an empty vhost", { VHOST: "" }, ["all", "without-vhost"]],
  ["a vhost in mode tcp, to which no rule can lead", { ...web, MODE: "tcp" }, ["all", "without-vhost"]],
  ["a vhost with --dont-bind-http-https", web, ["all", "without-vhost"], noVhosts],
  ["a vhost and EXPOSE_PORT=true", { ...web, EXPOSE_PORT: "true" }, ["all", "without-vhost", "none"]],
  ["no vhost and EXPOSE_PORT=true", { EXPOSE_PORT: "true" }, ["all", "without-vhost", "none"]],
  ["a vhost and EXPOSE_PORT=false", { ...web, EXPOSE_PORT: "false" }, []],
  ["no vhost and EXPOSE_PORT=false", { EXPOSE_PORT: "false" }, []],
];
for (const [what, labels, expected, context] of table) {
  Deno.test(`service ports: with ${what} the port is open with ${expected.join(", ") || "nothing"}`, () => {
    for (const servicePorts of ["all", "without-vhost", "none"] as const) {
      const model = build([app("/web", labels)], { servicePorts, ...context });
      assert.deepEqual(open(model), expected.includes(servicePorts) ? ["/web"] : [], servicePorts);
      assert.deepEqual(model.services.map(({ port }) => port), [10_001]);
      assert.deepEqual(said(model), []);
    }
  });
}

Deno.test("service ports: backend, vhost rule, map and app id of a closed port are those of an open one", () => {
  for (const haproxyMap of [false, true]) {
    const [all, none] = (["all", "none"] as const).map((servicePorts) =>
      renderConfiguration(build([app("/web", web)], { servicePorts }).services, renderContext({ haproxyMap }))
    );
    assert.deepEqual(none!.maps, all!.maps);
    const frontend = /^frontend web_10001\n(?: .*\n)*\n?/m;
    assert.match(all!.text, frontend);
    assert.equal(
      none!.text.replaceAll(/\n+/g, "\n"),
      all!.text.replace(frontend, "").replaceAll(/\n+/g, "\n"),
    );
  }
});

Deno.test("service ports: who loses its vhost to another app keeps its port, and gets it back", () => {
  const held = holdingsOf(build([app("/first", web)]).services);
  const context = { servicePorts: "without-vhost", incumbents: held } as const;
  const model = build([app("/first", web), app("/second", web, 10_002)], context);
  assert.deepEqual(said(model), ["/second vhost-taken"]);
  assert.deepEqual(open(model), ["/second"]);
  // With none it stays closed.
  const none = build([app("/first", web), app("/second", web, 10_002)], { ...context, servicePorts: "none" });
  assert.deepEqual(open(none), []);
});

Deno.test("service ports: a port that opens because a vhost is lost is never one of the load balancer", () => {
  const held = holdingsOf(build([app("/first", web)]).services);
  const model = build([app("/first", web), app("/second", web, 9090)], {
    servicePorts: "without-vhost",
    incumbents: held,
    ownBinds: [{ flag: "--admin-bind", host: "0.0.0.0", port: 9090 }],
  });
  assert.deepEqual(said(model), ["/second own-port", "/second vhost-taken"]);
  assert.deepEqual(open(model), []);
});

Deno.test("service ports: a closed port is no claim, also not on a port of the load balancer", () => {
  const apps = [app("/a", web, 9090), app("/b", { VHOST: "b.test" }, 9090), app("/c", {}, 10_001)];
  const ownBinds = [{ flag: "--admin-bind", host: "0.0.0.0", port: 9090 }];
  const model = build(apps, { servicePorts: "without-vhost", ownBinds });
  assert.deepEqual(said(model), []);
  assert.deepEqual(open(model), ["/c"]);
  assert.deepEqual(said(build(apps, { ownBinds })), ["/a own-port", "/b own-port"]);
});

Deno.test("service ports: sides of a traffic share are reached by their vhost, and one that is refused by its port", () => {
  const share = (id: string, port: number, TRAFFIC_SHARE?: string) =>
    app(id, { ...web, ...TRAFFIC_SHARE === undefined ? {} : { TRAFFIC_SHARE } }, port);
  const context = { servicePorts: "without-vhost" } as const;
  assert.deepEqual(open(build([share("/a", 10_001, "rest"), share("/b", 10_002, "0")], context)), []);
  assert.deepEqual(open(build([share("/a", 10_001), share("/b", 10_002, "0")], context)), ["/b"]);
});

Deno.test("service ports: two services of one app and port still have one name", () => {
  const two = {
    portDefinitions: [{ port: 10_001 }, { port: 10_001 }],
    tasks: [marathonTask({ ports: [1, 2] })],
  };
  const model = build([app("/a", {}, 0, two)], { servicePorts: "none" });
  assert.deepEqual(said(model), ["/a name-taken"]);
});

Deno.test("service ports: a server at a closed port does not lead back", () => {
  const own = app("/a", web, 10_001, { tasks: [marathonTask({ host: "127.0.0.1", ports: [10_001] })] });
  assert.deepEqual(said(build([own])), ["/a server-loops"]);
  assert.deepEqual(said(build([own], { servicePorts: "without-vhost" })), []);
});

/** The app that had the port, and one that asks for it once that is closed. */
const freed: [what: string, before: Labels, after: Labels, servicePorts: ServicePorts, tasks?: number][] = [
  ["by the flag", web, web, "without-vhost"],
  ["by the flag, while the app has no task", web, web, "without-vhost", 0],
  ["by the flag none", {}, {}, "none"],
  ["by the flag none, while the app has no task", {}, {}, "none", 0],
  ["by the label", web, { ...web, EXPOSE_PORT: "false" }, "all"],
  ["by a vhost", {}, web, "without-vhost"],
];
for (const [what, before, after, servicePorts, tasks] of freed) {
  Deno.test(`service ports: a port that is closed ${what} is free for another app`, () => {
    const old = build([app("/old", before)]);
    assert.deepEqual(open(old), ["/old"]);
    const files = renderConfiguration(old.services, renderContext());
    const idle = tasks === 0 ? { tasks: [] } : {};
    for (const incumbents of [holdingsOf(old.services), readIncumbents(files)]) {
      const apps = [app("/new", { EXPOSE_PORT: "true" }), app("/old", after, 10_001, idle)];
      const model = build(apps, { servicePorts, incumbents });
      assert.deepEqual(open(model), ["/new"]);
      assert.deepEqual(said(model), []);
      // Asked for again, it belongs to the other app.
      const now = joinIncumbents(model.incumbents, holdingsOf(model.services));
      const later = build([apps[0]!, app("/old", { EXPOSE_PORT: "true" })], {
        servicePorts,
        incumbents: now,
      });
      assert.deepEqual(said(later), ["/old port-taken"]);
    }
  });
}

Deno.test("service ports: who had its port as it had lost its vhost leaves it when the vhost is free", () => {
  const context = { servicePorts: "without-vhost" } as const;
  const first = app("/first", web, 10_002);
  const second = app("/second", web);
  const held = holdingsOf(build([first], context).services);
  const both = build([first, second], { ...context, incumbents: held });
  assert.deepEqual(open(both), ["/second"]);
  const now = joinIncumbents(both.incumbents, holdingsOf(both.services));
  // Without a task it keeps the port, as it has no other way.
  const idle = app("/second", web, 10_001, { tasks: [] });
  const newcomer = app("/third", {});
  assert.deepEqual(said(build([first, idle, newcomer], { ...context, incumbents: now })), [
    "/third port-taken",
  ]);
  const model = build([second, newcomer], { ...context, incumbents: now });
  assert.deepEqual(open(model), ["/third"]);
  assert.deepEqual(said(model), []);
});

Deno.test("service ports: both sides of a blue/green deployment follow the label of the older one", () => {
  const side = (id: string, year: number, exposed: string) =>
    appOf({
      id,
      portDefinitions: [{ port: 10_001 }],
      labels: {
        HAPROXY_DEPLOYMENT_GROUP: "web",
        HAPROXY_DEPLOYMENT_STARTED_AT: `${year}-01-01`,
        HAPROXY_0_VHOST: "web.test",
        HAPROXY_0_EXPOSE_PORT: exposed,
      },
      tasks: [marathonTask({ id: id.slice(1), ports: [30_000 + year] })],
    });
  const exposed = (older: string, newer: string) =>
    open(build([side("/web-blue", 2024, older), side("/web-green", 2025, newer)], {
      servicePorts: "without-vhost",
    }));
  assert.deepEqual(exposed("true", "false"), ["/web"]);
  assert.deepEqual(exposed("false", "true"), []);
});

Deno.test("service ports: who loses its vhost to last good sections does not open a port beside them", () => {
  const refused = new RefusedServices();
  const context = { servicePorts: "without-vhost" } as const;
  const good = build([app("/first", web)], context).services;
  refused.accept(good);
  const next = build(
    [app("/first", { VHOST: "other.test", BALANCE: "first" }), app("/second", web, 9090)],
    context,
  );
  refused.refuse(next.services[0]!, "line 7");
  const { services, problems } = refused.substitute(next.services);
  assert.deepEqual(problems.map(({ app, code }) => `${app} ${code}`), [
    "/first haproxy-refuses",
    "/second vhost-taken",
  ]);
  assert.deepEqual(open({ services }), []);
});

const login = "realm:alice:$5$mlb$BK3k24A8rh89NXzlcfLkfA1pFGjZvTUUnX3bb6SAGd6";
const logins: [labels: Labels, servicePorts: ServicePorts, says: RegExp | undefined][] = [
  [web, "all", /: port 10001, and the app id where it leads there, are open to everyone;/],
  [web, "none", /: the app id, where it leads there, is open to everyone;/],
  [
    web,
    "without-vhost",
    /: port 10001, when no vhost leads there, and the app id where it leads there, are open/,
  ],
  [{ MODE: "tcp" }, "all", /guards nothing without HAPROXY_0_VHOST: port 10001 is open to everyone$/],
  [{ MODE: "tcp" }, "none", undefined],
];
for (const [labels, servicePorts, says] of logins) {
  Deno.test(`service ports: a login with ${JSON.stringify(labels)} and ${servicePorts} tells which ways are open`, () => {
    const [service] = build([app("/web", { ...labels, AUTH: login })], { servicePorts }).services;
    const [warning] = authWarnings(service!);
    if (says) assert.match(warning ?? "", says);
    else assert.equal(warning, undefined);
  });
}
