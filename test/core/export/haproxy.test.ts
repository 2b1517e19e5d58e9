import assert from "node:assert/strict";
import { exportHaproxy } from "../../../lib/core/export/haproxy.ts";
import { TemplateSet } from "../../../lib/core/templates/templateSet.ts";
import type { RenderContext } from "../../../lib/core/render/context.ts";
import { marathonTask } from "../model/support/marathonTask.ts";
import { worldOf } from "../explain/support/worldOf.ts";
import { renderContext } from "../render/support/renderContext.ts";

const apps = [
  {
    id: "/web",
    labels: { HAPROXY_0_VHOST: "shop.test" },
    portDefinitions: [{ port: 10_001 }],
    tasks: [marathonTask()],
  },
  {
    id: "/tls",
    labels: { HAPROXY_0_VHOST: "tls.test", HAPROXY_0_SNI_PASSTHROUGH: "true" },
    portDefinitions: [{ port: 10_002 }],
    tasks: [marathonTask()],
  },
];

function exported(members: Partial<RenderContext> = {}, more: typeof apps = []) {
  const base = renderContext(members);
  const render = { ...base, head: { ...base.head, supervised: true } };
  const { services } = worldOf({ apps: [...apps, ...more], render: members });
  return exportHaproxy(services, render, ["Exported."]);
}

Deno.test("export haproxy: no runtime socket, no Lua, no server states, no maps, no socket in --run-dir", () => {
  const { text, losses } = exported({ haproxyMap: true });
  assert.match(text, /^# Exported\.\n# It needs the file \/etc\/ssl\/cert\.pem\.\n/);
  const config = text.replaceAll(/^#.*\n/gm, "");
  assert.doesNotMatch(config, /stats socket|lua|server-state|map\(|\/var\/run|\/marathon-lb/);
  assert.match(
    config,
    /^ {2}bind abns@marathon_https_\w{10} accept-proxy ssl crt \/etc\/ssl\/cert\.pem /m,
  );
  assert.match(config, /^ {2}server loopback-for-tls abns@marathon_https_\w{10} send-proxy-v2$/m);
  assert.match(config, /^frontend web_10001_in$/m);
  assert.match(config, /^ {2}no strict-limits$/m);
  assert.deepEqual(losses, []);
});

Deno.test("export haproxy: lines of the controller also leave an operator's own HAPROXY_HEAD, other lines stay", () => {
  const own = [
    "global",
    "  stats socket /var/run/haproxy/socket expose-fd listeners",
    "  stats socket /own/socket",
    "  server-state-file global",
    "  lua-load /marathon-lb/getpids.lua",
    "  lua-load-per-thread /marathon-lb/statscsv.lua",
    "  lua-load /own/own.lua",
    "defaults",
    "  load-server-state-from-file global",
    "listen stats",
    "  bind :9090",
    "  filter lua.statscsv",
    "  http-request use-service lua.getpids if { path /_haproxy_getpids }",
    "  http-request use-service lua.own if { path /own }",
  ];
  const templates = new TemplateSet(
    new Map([["HEAD", { text: own.join("\n"), syntax: "handlebars" as const, origin: "HAPROXY_HEAD.hbs" }]]),
  );
  const { text } = exported({ templates });
  const head = text.replaceAll(/^#.*\n/gm, "").split("\n\n")[0]!;
  assert.deepEqual(head.trimEnd().split("\n"), [
    "global",
    "  stats socket /own/socket",
    "  lua-load /own/own.lua",
    "defaults",
    "listen stats",
    "  bind :9090",
    "  http-request use-service lua.own if { path /own }",
  ]);
});

Deno.test("export haproxy: the weights of TRAFFIC_SHARE are numbers in the rules, not lines of a map", () => {
  const sides = ["10", "rest"].map((share, rank) => ({
    id: `/side-${rank}`,
    labels: { HAPROXY_0_VHOST: "shared.test", HAPROXY_0_TRAFFIC_SHARE: share },
    portDefinitions: [{ port: 10_010 + rank }],
    tasks: [marathonTask()],
  }));
  const { text } = exported({}, sides as unknown as typeof apps);
  assert.doesNotMatch(text, /share[.]map/);
  assert.match(text, /^ {2}http-request set-var\(txn[.]share_\w+_1\) int\(10\) if /m);
  assert.match(text, /^ {2}http-request set-var\(txn[.]share_\w+_2\) int\(90\) if /m);
});
