import assert from "node:assert/strict";
import { unknownVariables } from "../../../lib/core/flags/environment.ts";
import { environmentVariable, type Flag } from "../../../lib/core/flags/flag.ts";
import { flagTable } from "../../../lib/core/flags/flagTable.ts";
import { templateTable } from "../../../lib/core/templates/templateTable.ts";

const unknown: [name: string, meant: string | undefined][] = [
  ["MARATHON_LB_MAX_BACKOF", "MARATHON_LB_MAX_BACKOFF"],
  ["MARATHON_LB_GROUPS", "MARATHON_LB_GROUP"],
  ["MARATHON_LB_SSL_CERT", "MARATHON_LB_SSL_CERTS"],
  ["HAPROXY_SSL_CERTS", "HAPROXY_SSL_CERT"],
  ["HAPROXY_HAED", "HAPROXY_HEAD"],
  ["HAPROXY_SYSCTL_PARAM", "HAPROXY_SYSCTL_PARAMS"],
  ["HAPROXY_ZZZZZZZZZZZZZZZZZZZZZZZZ", undefined],
];
for (const [name, meant] of unknown) {
  Deno.test(`unknownVariables: ${name}, did you mean ${meant}`, () => {
    const hint = meant === undefined
      ? "remove it; marathon-lb --longhelp lists all variables"
      : `did you mean ${meant}?`;
    assert.deepEqual(unknownVariables({ [name]: "secret" }), [
      `The environment variable ${name} is unknown and has no effect; ${hint}`,
    ]);
  });
}

const known = [
  ...(flagTable as readonly Flag[]).map(({ name }) => environmentVariable(name)),
  ...templateTable.map(({ name }) => `HAPROXY_${name}`),
  "HAPROXY_SSL_CERT",
  "HAPROXY_SSL_CERT0",
  "HAPROXY_SSL_CERT17",
  "HAPROXY_SYSCTL_PARAMS",
  "HAPROXY_SYSCTL_NONSTRICT",
  "HAPROXY_SYSLOGD",
  "HAPROXY_GLOBAL_DEFAULT_OPTIONS",
  "HAPROXY_RELOAD_SIGTERM_DELAY",
  "HAPROXY_VERSION",
  "HAPROXY_HTTP_LOG_FMT",
  "HAPROXY_LOCALPEER",
  "HAPROXY_SERVICE_HOST",
  "HAPROXY_PORT_80_TCP_ADDR",
  "MARATHON_LB_SERVICE_PORT",
  "MARATHON_LB_OPTIONS",
  "MARATHON_URL",
  "PATH",
];
Deno.test("unknownVariables: those of the program, of HAProxy, of images and of services are known", () => {
  assert.deepEqual(unknownVariables(Object.fromEntries(known.map((name) => [name, "1"]))), []);
});

Deno.test("unknownVariables: a variable that a template of the operator uses is known", () => {
  const environment = { HAPROXY_STATS_USER: "x", HAPROXY_STATS_PASS: "y" };
  const used = ['global\n  stats auth "${HAPROXY_STATS_USER}":"$HAPROXY_STATS_PASS"\n'];
  assert.equal(unknownVariables(environment).length, 2);
  assert.deepEqual(unknownVariables(environment, used), []);
});
