import assert from "node:assert/strict";
import { hostsToResolve } from "../../../lib/core/model/hostsToResolve.ts";
import { isIpv4 } from "../../../lib/core/model/isIpv4.ts";
import { appOf } from "./support/appOf.ts";
import { marathonTask } from "./support/marathonTask.ts";

Deno.test("hostsToResolve: each name once; no addresses, no apps with an address for each task", () => {
  const on = (...hosts: (string | null)[]) => hosts.map((host) => marathonTask({ host }));
  const apps = [
    appOf({ tasks: on("agent-1", "10.0.0.1", null, "agent-2", "agent-1") }),
    appOf({ tasks: on("agent-2", "agent-3"), networks: [{ mode: "container/bridge" }] }),
    appOf({ tasks: on("agent-4"), networks: [{ mode: "container" }] }),
  ];
  assert.deepEqual([...hostsToResolve(apps)], ["agent-1", "agent-2", "agent-3"]);
});

for (const host of ["0.0.0.0", "10.0.0.1", "255.255.255.255", "192.168.100.249"]) {
  Deno.test(`isIpv4: ${host} is one`, () => assert.equal(isIpv4(host), true));
}
for (
  const host of ["", "agent", "1.2.3", "1.2.3.4.5", "256.0.0.1", "1.2.3.4 ", "1.2.3.4\n", "::1", "a.1.2.3.4"]
) {
  Deno.test(`isIpv4: ${JSON.stringify(host)} is none`, () => assert.equal(isIpv4(host), false));
}
