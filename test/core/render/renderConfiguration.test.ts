import assert from "node:assert/strict";
import { TemplateSet } from "../../../lib/core/templates/TemplateSet.ts";
import { marathonApp } from "../model/support/marathonApp.ts";
import { generate } from "./support/generate.ts";
import { renderContext } from "./support/renderContext.ts";
import { section } from "./support/section.ts";

const app = (
  id: string,
  port: number,
  labels: Record<string, string>,
  members: Record<string, unknown> = {},
) => marathonApp({ id, portDefinitions: [{ port }], labels, ...members });

const everything = [
  app("/b", 10002, { HAPROXY_0_VHOST: "b.com" }),
  app("/a", 10001, { HAPROXY_0_VHOST: "a.com", HAPROXY_0_AUTH: "r:u:p" }),
];
const sections = (text: string) => text.match(/^[a-z].*$/gm);

Deno.test("renderConfiguration: the order of the file", () => {
  assert.deepEqual(sections(generate({ apps: everything }).text), [
    "global",
    "defaults",
    "listen stats",
    "userlist user_a_10001",
    "frontend marathon_http_in",
    "frontend marathon_http_appid_in",
    "frontend marathon_https_in",
    "frontend a_10001",
    "frontend b_10002",
    "backend a_10001",
    "backend b_10002",
  ]);
});

Deno.test("renderConfiguration: without services there is a configuration all the same", () => {
  const { text, chunks, maps, problems } = generate({ apps: [] }, {}, { bindHttpHttps: false });
  assert.deepEqual(sections(text), ["global", "defaults", "listen stats", "frontend marathon_http_appid_in"]);
  assert.equal(chunks.length, 2);
  assert.deepEqual(maps, { "domain2backend.map": "", "app2backend.map": "" });
  assert.deepEqual(problems, []);
});

Deno.test("renderConfiguration: the pieces make the text, and say whose they are", () => {
  const { text, chunks } = generate({ apps: everything });
  assert.equal(chunks.map((chunk) => chunk.text).join(""), text);
  for (const { text: piece, service } of chunks) {
    assert.equal(/a_10001/.test(piece), service?.appId === "/a", piece);
    assert.equal(/b_10002/.test(piece), service?.appId === "/b", piece);
  }
});

Deno.test("renderConfiguration: the bind line of a service", () => {
  const bind = (labels: Record<string, string>) =>
    section(generate({ apps: [app("/a", 10001, labels)] }).text, "frontend a_10001")[0];
  assert.equal(bind({}), "bind *:10001");
  assert.equal(
    bind({
      HAPROXY_0_BIND_ADDR: "10.0.0.1",
      HAPROXY_0_SSL_CERT: "/x.pem",
      HAPROXY_0_BIND_OPTIONS: "alpn h2",
    }),
    "bind 10.0.0.1:10001 ssl crt /x.pem alpn h2",
  );
});

const supervised =
  /hard-stop-after 900s|mworker-max-reloads 10|lua-load \/marathon-lb\/getpids.lua|lua\.getconfig|server-state-base \/var\/state\/haproxy\//g;

Deno.test("renderConfiguration: what only a supervised HAProxy has", () => {
  const { head } = renderContext();
  const render = (members: Partial<typeof head>) =>
    generate({ apps: [] }, {}, { head: { ...head, ...members } }).text;
  assert.equal(render({ supervised: false }).match(supervised), null);
  assert.equal(render({ supervised: true }).match(supervised)?.length, 5);
  const log = (logToStdout: boolean, logToSyslog: boolean) =>
    render({ logToStdout, logToSyslog }).match(/(?<=^ {2}log )\/dev\/\w+|(?<=^ {2}log )stdout/gm);
  assert.deepEqual(log(true, true), ["stdout"]);
  assert.deepEqual(log(false, true), ["/dev/log", "/dev/log"]);
  assert.equal(log(false, false), null);
  assert.match(render({ maxconn: 4000 }), /^ {2}maxconn 4000$/m);
  assert.deepEqual(render({ defaultOptions: ["a", "b c"] }).match(/^ {2}option {5,}.*$/gm), [
    "  option            a",
    "  option            b c",
    "  option            idle-close-on-response",
  ]);
});

Deno.test("renderConfiguration: a label that fails while it is rendered takes its service alone out", () => {
  const broken = { HAPROXY_0_BACKEND_TCP_HEALTHCHECK_OPTIONS: "  # {healthCheck[ports]}" };
  const healthChecks = [{ protocol: "TCP", portIndex: 0 }];
  const { text, problems } = generate({
    apps: [app("/a", 10001, broken, { healthChecks }), app("/b", 10002, {})],
  });
  assert.deepEqual(sections(text)?.slice(-2), ["frontend b_10002", "backend b_10002"]);
  assert.equal(problems.length, 1);
  const [{ severity, app: id, index, message }] = problems as [typeof problems[0]];
  assert.deepEqual([severity, id, index], ["excluded", "/a", 0]);
  assert.match(
    message,
    /^\/a: service 0 is left out: HAPROXY_0_BACKEND_TCP_HEALTHCHECK_OPTIONS cannot be used/,
  );
});

Deno.test("renderConfiguration: a template of the operator that fails is no app's fault", () => {
  const templates = new TemplateSet(
    new Map([["BACKEND_HEAD", {
      text: "backend {{bakend}}",
      syntax: "handlebars",
      origin: "/t/HAPROXY_BACKEND_HEAD.hbs",
    }]]),
  );
  assert.throws(() => generate({ apps: everything }, {}, { templates }), {
    name: "RangeError",
    message:
      /^\/t\/HAPROXY_BACKEND_HEAD\.hbs cannot be used as a template: .*\(it may use backend, balance, mode\)$/s,
  });
});

Deno.test("renderConfiguration: a label overrides a template for its own service only", () => {
  const { text } = generate({
    apps: [
      app("/a", 10001, {
        HAPROXY_0_BACKEND_HEAD: "backend {backend}\r\n  balance static-rr\r\n  mode {mode}",
      }),
      app("/b", 10002, {}),
    ],
  });
  assert.deepEqual(section(text, "backend a_10001").slice(0, 2), ["balance static-rr", "mode tcp"]);
  assert.deepEqual(section(text, "backend b_10002").slice(0, 2), ["balance roundrobin", "mode tcp"]);
  assert.doesNotMatch(text, /\r/);
});
