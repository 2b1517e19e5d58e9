import assert from "node:assert/strict";
import type { Options } from "../../lib/core/flags/options.ts";
import type { JsonObject } from "../../tools/simulated-marathon/JsonObject.ts";
import { SimulatedMarathon } from "../../tools/simulated-marathon/SimulatedMarathon.ts";
import { optionSchemas } from "./support/dcosPackage.ts";
import { renderPackage } from "./support/renderPackage.ts";
import { serviceAccount, startedBy, wordsOf } from "./support/startedBy.ts";

/** Option files, with what each changes: how the program runs, its environment, and members of the app. */
const files: Record<string, {
  given: JsonObject;
  runs?: Partial<Options>;
  env?: Record<string, string | undefined>;
  app?: JsonObject;
}> = {
  "no options": {
    given: {},
    runs: {
      mode: "sse",
      marathon: ["http://marathon.mesos:8080"],
      groups: ["external"],
      healthCheck: true,
      haproxyMap: true,
      bindHttpHttps: true,
      strictMode: false,
      minServicePort: 10050,
      maxServicePort: 10100,
      maxReloadRetries: 10,
      reloadInterval: 10,
      access: undefined,
    },
    env: {
      HAPROXY_GLOBAL_DEFAULT_OPTIONS: "redispatch,http-server-close,dontlognull",
      HAPROXY_SSL_CERT: "",
      HAPROXY_SYSCTL_PARAMS: String(optionSchemas()["sysctl-params"]!.default),
      HAPROXY_SYSLOGD: undefined,
      DCOS_SERVICE_ACCOUNT_CREDENTIAL: undefined,
    },
    app: {
      id: "marathon-lb",
      instances: 1,
      cpus: 2,
      mem: 1024,
      acceptedResourceRoles: ["slave_public"],
      upgradeStrategy: { minimumHealthCapacity: 0.5, maximumOverCapacity: 0.2 },
      requirePorts: true,
      uris: undefined,
      secrets: undefined,
    },
  },
  "its size": {
    given: {
      name: "/public/lb",
      instances: 3,
      cpus: 4,
      mem: 2048.5,
      role: "",
      minimumHealthCapacity: 1,
      maximumOverCapacity: 0,
    },
    app: {
      id: "/public/lb",
      instances: 3,
      cpus: 4,
      mem: 2048.5,
      acceptedResourceRoles: undefined,
      upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 0 },
    },
  },
  "what is served": {
    given: {
      "haproxy-group": "internal",
      "haproxy-map": false,
      "strict-mode": true,
      "bind-http-https": false,
      "auto-assign-service-ports": true,
      role: "slave_private",
    },
    runs: {
      groups: ["internal"],
      haproxyMap: false,
      strictMode: true,
      bindHttpHttps: false,
      minServicePort: 10101,
      maxServicePort: 10150,
    },
    app: { acceptedResourceRoles: ["slave_private"] },
  },
  "every group": { given: { "haproxy-group": "*" }, runs: { groups: ["*"] } },
  "reloads without end": {
    given: { "max-reload-retries": -1, "reload-interval": 3 },
    runs: { maxReloadRetries: -1, reloadInterval: 3 },
  },
  "reloads once": {
    given: { "max-reload-retries": 0, "reload-interval": 0 },
    runs: { maxReloadRetries: 0, reloadInterval: 0 },
  },
  "a DC/OS service account": {
    given: {
      secret_name: "marathon-lb/account",
      "marathon-uri": "https://marathon.mesos:8443",
    },
    runs: {
      marathon: ["https://marathon.mesos:8443"],
      access: {
        kind: "dcos",
        origin: "--dcos-auth-credentials",
        account: {
          uid: "marathon-lb",
          privateKey: JSON.parse(serviceAccount).private_key,
          loginEndpoint: "https://leader.mesos/acs/api/v1/auth/login",
        },
      },
    },
    env: { DCOS_SERVICE_ACCOUNT_CREDENTIAL: serviceAccount },
    app: { secrets: { serviceAccount: { source: "marathon-lb/account" } } },
  },
  "HAProxy and its machine": {
    given: {
      "ssl-cert": '-----BEGIN CERTIFICATE-----\nMIIB"\\\n-----END CERTIFICATE-----\n',
      haproxy_global_default_options: "redispatch",
      "sysctl-params": "",
      "container-syslogd": true,
      "template-url": "https://files.example.com/templates.tgz?a=1&b=<2>",
    },
    env: {
      HAPROXY_SSL_CERT: '-----BEGIN CERTIFICATE-----\nMIIB"\\\n-----END CERTIFICATE-----\n',
      HAPROXY_GLOBAL_DEFAULT_OPTIONS: "redispatch",
      HAPROXY_SYSCTL_PARAMS: "",
      HAPROXY_SYSLOGD: "true",
    },
    app: { uris: ["https://files.example.com/templates.tgz?a=1&b=<2>"] },
  },
};

for (const [name, { given, runs = {}, env = {}, app: members = {} }] of Object.entries(files)) {
  Deno.test(`the DC/OS package: ${name}`, async () => {
    const app = renderPackage(given);
    const options = startedBy(app);
    assert.deepEqual(pick(options, runs), runs);
    assert.deepEqual(pick(wordsOf(app).env, env), env);
    assert.deepEqual(pick(app, members), members);
    assert.equal(options.mode, "sse");
    assert.equal(options.healthCheck, true);
    // Those who stop it wait for it: it lets requests end before.
    assert.ok((app.taskKillGracePeriodSeconds as number) > options.shutdownTimeout);
    await assertTaken(app);
  });
}

Deno.test("the DC/OS package: every option changes the app", () => {
  const others: JsonObject = { parameters: [{ key: "a", value: "b" }], "ssl-cert": "PEM" };
  const app = renderPackage();
  for (const [name, schema] of Object.entries(optionSchemas())) {
    const value = others[name] ?? otherThan(schema.default);
    assert.notDeepEqual(renderPackage({ [name]: value }), app, name);
  }
});

Deno.test("the DC/OS package: ports, and the health check at the admin port", () => {
  const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
  for (const http of [true, false]) {
    for (const assigned of [true, false]) {
      const app = renderPackage({ "bind-http-https": http, "auto-assign-service-ports": assigned });
      const ports = app.ports as number[];
      assert.deepEqual(ports, [
        ...(http ? [80, 443] : []),
        9090,
        9091,
        ...range(10000, 10100),
        ...(assigned ? range(10101, 10150) : []),
      ]);
      const [{ portIndex, ...check } = {}, ...others] = app.healthChecks as JsonObject[];
      assert.equal(others.length, 0);
      assert.equal(portIndex, http ? 2 : 0);
      assert.equal(startedBy(app).adminBind, `0.0.0.0:${ports[portIndex as number]}`);
      assert.deepEqual(check, {
        protocol: "MESOS_HTTP",
        path: "/_haproxy_health_check",
        gracePeriodSeconds: 60,
        intervalSeconds: 5,
        timeoutSeconds: 2,
        maxConsecutiveFailures: 2,
      });
    }
  }
});

Deno.test("the DC/OS package: the container", () => {
  const parameters = [{ key: "ulimit", value: "nofile=1048576" }, {
    key: "label",
    value: 'a="b"\\',
  }];
  const { container } = renderPackage({ parameters });
  const { image, parameters: all, ...docker } = (container as { docker: JsonObject }).docker;
  assert.deepEqual(docker, { network: "HOST", privileged: true });
  assert.equal((container as JsonObject).type, "DOCKER");
  assert.match(String(image), /^[\w.-]+\/marathon-lb:[\w.-]+$/);
  // The package's own come first: of two of a kind Docker takes the last.
  assert.deepEqual((all as JsonObject[]).slice(-2), parameters);
});

function otherThan(value: unknown): unknown {
  switch (typeof value) {
    case "boolean":
      return !value;
    case "number":
      return value + 1;
    default:
      return `${value}-other`;
  }
}

function pick(from: object, expected: object): Record<string, unknown> {
  const members = from as Record<string, unknown>;
  return Object.fromEntries(
    Object.keys(expected).map((key) => [key, members[key]]),
  );
}

/** Without instances, whose tasks would take the ports of this machine. */
async function assertTaken(app: JsonObject): Promise<void> {
  await using marathon = await SimulatedMarathon.start();
  const response = await fetch(`${marathon.url}/v2/apps`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...app, instances: 0 }),
  });
  const answer = await response.json() as JsonObject;
  assert.equal(response.status, 201, JSON.stringify(answer));
  assert.deepEqual(answer.args, app.args);
}
