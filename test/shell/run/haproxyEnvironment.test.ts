import assert from "node:assert/strict";
import { haproxyEnvironment } from "../../../lib/shell/run/haproxyEnvironment.ts";

const socket = "/run/marathon-lb.sock";

Deno.test("haproxyEnvironment: what a configuration may use passes, with the control socket", () => {
  const environment = {
    PATH: "/usr/bin",
    PORTS: "80,443",
    HAPROXY_SYSLOGD: "1",
    HAPROXY_SSL_CERTS_OF_OURS: "not the certificate",
    MESOS_SANDBOX: "/sandbox",
  };
  assert.deepEqual(haproxyEnvironment(environment, socket), {
    ...environment,
    MARATHON_LB_CONTROL_SOCKET: socket,
  });
});

const secrets = [
  "MARATHON_USER",
  "MARATHON_PASSWORD",
  "MARATHON_LB_AUTH_CREDENTIALS",
  "MARATHON_LB_DCOS_AUTH_CREDENTIALS",
  "VAULT_TOKEN",
  "VAULT_URL",
  "DCOS_SERVICE_ACCOUNT_CREDENTIAL",
  "HAPROXY_SSL_CERT",
  "HAPROXY_SSL_CERT0",
  "HAPROXY_SSL_CERT100",
  // No secrets, but not HAProxy's: it would answer in our place.
  "NOTIFY_SOCKET",
  "MALLOC_ARENA_MAX",
  "WATCHDOG_PID",
  "WATCHDOG_USEC",
];
for (const name of secrets) {
  Deno.test(`haproxyEnvironment: ${name} does not pass`, () => {
    assert.deepEqual(haproxyEnvironment({ [name]: "secret" }, socket), {
      MARATHON_LB_CONTROL_SOCKET: socket,
    });
  });
}

Deno.test("haproxyEnvironment: the control socket is ours, whatever the environment says", () => {
  const environment = { MARATHON_LB_CONTROL_SOCKET: "/elsewhere" };
  assert.deepEqual(haproxyEnvironment(environment, socket), { MARATHON_LB_CONTROL_SOCKET: socket });
});
