import assert from "node:assert/strict";
import { readNetworkingMode } from "../../../lib/core/marathon/readNetworkingMode.ts";

const user = { docker: { network: "USER" } };
const bridge = { docker: { network: "BRIDGE" } };

const table = [
  ["host", {}],
  ["host", { ipAddress: null, container: null, networks: null }],
  ["host", { ipAddress: {} }],
  ["container", { ipAddress: { networkName: "dcos" } }],
  ["container", { container: user }],
  ["container/bridge", { container: bridge }],
  ["host", { container: { docker: { network: "HOST" } } }],
  ["container", { ipAddress: { networkName: "dcos" }, container: { docker: { network: "HOST" } } }],
  ["container/bridge", { ipAddress: { networkName: "dcos" }, container: bridge }],
  ["host", { container: bridge, networks: [{ mode: "host" }] }],
  ["container/bridge", { container: user, networks: [{ mode: "container/bridge" }] }],
  ["container", { networks: [{ name: "dcos" }] }],
  ["container", { networks: [{ mode: "host" }, { name: "dcos" }] }],
  ["host", { networks: [{ mode: "container" }, { mode: "host" }] }],
  ["container/bridge", { container: bridge, networks: [] }],
  ["container/bridge", { container: bridge, networks: [null] }],
] as const;

for (const [expected, app] of table) {
  Deno.test(`readNetworkingMode: ${expected} for ${JSON.stringify(app)}`, () => {
    assert.equal(readNetworkingMode(app), expected);
  });
}
