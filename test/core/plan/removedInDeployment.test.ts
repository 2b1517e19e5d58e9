import assert from "node:assert/strict";
import { planRuntime } from "../../../lib/core/plan/planRuntime.ts";
import { assembled } from "../../../lib/core/render/assembled.ts";
import { serviceOf } from "../model/support/serviceOf.ts";

const facts = { leftovers: new Map(), dynamicCookies: false, haproxyDir: "/etc/haproxy" };

/** A configuration of one backend, which belongs to a blue/green deployment or not. */
function serving(inDeploymentGroup: true | undefined, ...servers: string[]) {
  const lines = servers.map((server) => `  server ${server.replace(" ", " 10.0.0.1:80 ")}\n`);
  return assembled({
    chunks: [
      { text: "global\n" },
      {
        text: `\nbackend web_1\n${lines.join("")}`,
        service: serviceOf({ inDeploymentGroup }),
        backend: true,
      },
    ],
    maps: { "domain2backend.map": "", "app2backend.map": "" },
    problems: [],
  });
}

const table: [what: string, before: string[], after: string[], inGroup: string, elsewhere: string][] = [
  ["a removed server", ["a ", "b "], ["a "], "reload", "runtime"],
  ["a server that moved", ["a "], ["b "], "reload", "runtime"],
  ["a new server", ["a "], ["a ", "b "], "runtime", "runtime"],
  ["a draining server", ["a ", "b "], ["a disabled", "b "], "runtime", "runtime"],
];
for (const [what, before, after, inGroup, elsewhere] of table) {
  Deno.test(`planRuntime: in a blue/green deployment ${what} is a matter of: ${inGroup}`, () => {
    for (const [flag, expected] of [[true, inGroup], [undefined, elsewhere]] as const) {
      const plan = planRuntime(serving(flag, ...before), serving(flag, ...after), facts);
      assert.equal("why" in plan ? "reload" : plan.kind, expected, JSON.stringify(plan));
      if ("why" in plan) assert.match(plan.why, /statistics of the deployment in backend web_1/);
    }
  });
}
