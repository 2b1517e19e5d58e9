import assert from "node:assert/strict";
import { version } from "../../lib/core/version.ts";
import { dcosPackage, optionSchemas } from "./support/dcosPackage.ts";
import { renderPackage } from "./support/renderPackage.ts";

/** The options of the package this one replaces: type, default and least value of each. */
const options: Record<
  string,
  { type: string; default?: unknown; minimum?: number }
> = {
  "auto-assign-service-ports": { type: "boolean", default: false },
  "bind-http-https": { type: "boolean", default: true },
  cpus: { type: "number", default: 2, minimum: 1 },
  mem: { type: "number", default: 1024, minimum: 256 },
  instances: { type: "integer", default: 1, minimum: 1 },
  name: { type: "string", default: "marathon-lb" },
  haproxy_global_default_options: { type: "string", default: "redispatch,http-server-close,dontlognull" },
  "haproxy-group": { type: "string", default: "external" },
  "haproxy-map": { type: "boolean", default: true },
  minimumHealthCapacity: { type: "number", default: 0.5, minimum: 0 },
  maximumOverCapacity: { type: "number", default: 0.2, minimum: 0 },
  parameters: { type: "array", default: [] },
  role: { type: "string", default: "slave_public" },
  "ssl-cert": { type: "string" },
  "strict-mode": { type: "boolean", default: false },
  "sysctl-params": {
    type: "string",
    default: "net.ipv4.tcp_tw_reuse=1 net.ipv4.tcp_fin_timeout=30 net.ipv4.tcp_max_syn_backlog=10240 " +
      "net.ipv4.tcp_max_tw_buckets=400000 net.ipv4.tcp_max_orphans=60000 net.core.somaxconn=10000",
  },
  "container-syslogd": { type: "boolean", default: false },
  "max-reload-retries": { type: "integer", default: 10 },
  "reload-interval": { type: "integer", default: 10 },
  "template-url": { type: "string", default: "" },
  "marathon-uri": { type: "string", default: "http://marathon.mesos:8080" },
  secret_name: { type: "string", default: "" },
};

Deno.test("the DC/OS package has the options of the one it replaces", () => {
  const found = Object.entries(optionSchemas()).map(([name, schema]) => {
    assert.equal(typeof schema.description, "string", `${name} is described`);
    const members = Object.entries(schema).filter(([member]) =>
      ["type", "default", "minimum"].includes(member)
    );
    return [name, Object.fromEntries(members)];
  });
  assert.deepEqual(Object.fromEntries(found), options);
  const { properties } = dcosPackage.config as {
    properties: Record<string, { required: string[] }>;
  };
  assert.deepEqual(Object.keys(properties), ["marathon-lb"]);
  assert.deepEqual(
    properties["marathon-lb"]!.required.toSorted(),
    ["cpus", "haproxy-group", "instances", "mem", "name"],
  );
});

Deno.test("the DC/OS package refuses options that do not fit, and names them", () => {
  const cases: [Record<string, unknown>, RegExp][] = [
    [{ cpus: 0.5 }, /\/cpus must be >= 1/],
    [{ mem: 255 }, /\/mem must be >= 256/],
    [{ instances: 0 }, /\/instances must be >= 1/],
    [{ instances: 1.5 }, /\/instances must be integer/],
    [{ name: 1 }, /\/name must be string/],
    [{ "haproxy-map": "yes" }, /\/haproxy-map must be boolean/],
    [{ "haproxy-group": null }, /\/haproxy-group must be string/],
    [{ "max-reload-retries": "10" }, /\/max-reload-retries must be integer/],
    [{ minimumHealthCapacity: -0.1 }, /\/minimumHealthCapacity must be >= 0/],
    [{ parameters: [{ key: "ulimit" }] }, /\/parameters\/0 must have required property 'value'/],
  ];
  for (const [given, message] of cases) {
    assert.throws(
      () => renderPackage(given),
      { name: "TypeError", message },
      JSON.stringify(given),
    );
  }
});

Deno.test("the DC/OS package is one of packaging version 4.0, of this program's version", () => {
  const { package: described, resource } = dcosPackage;
  const {
    packagingVersion,
    name,
    minDcosReleaseVersion,
    upgradesFrom,
    downgradesTo,
  } = described;
  assert.deepEqual(
    {
      packagingVersion,
      name,
      minDcosReleaseVersion,
      upgradesFrom,
      downgradesTo,
    },
    {
      packagingVersion: "4.0",
      name: "marathon-lb",
      minDcosReleaseVersion: "1.9",
      upgradesFrom: ["*"],
      downgradesTo: ["*"],
    },
  );
  for (const member of ["description", "maintainer"]) {
    assert.ok(described[member], member);
  }
  assert.ok((described.tags as string[]).every((tag) => /^\S+$/.test(tag)));
  assert.equal(described.version, version, "packaging/dcos/package.json has the program's version");
  const { "marathon-lb": image } = (resource as { assets: { container: { docker: Record<string, string> } } })
    .assets.container.docker;
  assert.ok(image?.endsWith(`/marathon-lb:${version}`), `packaging/dcos/resource.json: ${image}`);
});
