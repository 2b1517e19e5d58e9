import assert from "node:assert/strict";
import { countInChunks, countServed, isMassRemoval } from "../../../lib/core/plan/massRemoval.ts";
import { planUpdate } from "../../../lib/core/plan/planUpdate.ts";
import { bodiesIn } from "../../../lib/core/render/configuration.ts";
import { renderConfiguration } from "../../../lib/core/render/renderConfiguration.ts";
import { serviceOf } from "../model/support/serviceOf.ts";
import { renderContext } from "../render/support/renderContext.ts";

const context = renderContext({ haproxyMap: true, dynamicBackends: true, frontendSuffix: "_in" });
const [a, b] = ["a", "b"].map((name) =>
  serviceOf({ appId: `/${name}`, mode: "http", frontend: false, labels: { VHOST: [`${name}.test`] } })
);

Deno.test("a backend and a server that come by commands have the guids of the file (--keep-counters)", () => {
  const counting = { ...context, head: { ...context.head, countersFile: "/run/counters" } };
  const [before, after] = [[a!], [a!, b!]].map((services) => renderConfiguration(services, counting));
  const facts = {
    dynamicCookies: true,
    deletesServers: true,
    addsBackends: true,
    haproxyDir: "/etc/haproxy",
    leftovers: new Map(),
    bodies: new Set(bodiesIn(before!).keys()),
  };
  const plan = planUpdate(before, after!, { configuration: before!, facts });
  assert.ok(plan.kind === "runtime", JSON.stringify(plan));
  const sent = plan.commands.map(({ text }) => text as string);
  const inFile = [...after!.text.matchAll(/ guid ([bs]:b_\S+)/g)].map(([, guid]) => guid);
  const inCommands = sent.flatMap((text) => /^add .* guid (\S+)/.exec(text)?.[1] ?? []);
  assert.equal(inFile.length, 2);
  assert.deepEqual(inCommands, inFile);
});

Deno.test("the guard of mass removals counts backends that begin from shared bodies", () => {
  const [both, none] = [[a!, b!], []].map((services) => renderConfiguration(services, context));
  assert.ok(both!.chunks.some(({ body }) => body !== undefined));
  const served = countInChunks(both!.chunks);
  assert.deepEqual(served, { backends: 2, servers: 2 });
  assert.deepEqual(countServed(both!.text), served);
  assert.ok(isMassRemoval(served, countInChunks(none!.chunks)));
});
