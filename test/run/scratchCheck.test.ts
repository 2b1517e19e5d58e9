import assert from "node:assert/strict";
import type { CheckMessage } from "../../lib/core/haproxy/messages.ts";
import type { Service } from "../../lib/core/model/service.ts";
import { assembled } from "../../lib/core/render/configuration.ts";
import { findRefused, withoutRefused } from "../../lib/run/scratchCheck.ts";
import { marathonTask } from "../core/model/support/marathonTask.ts";
import { worldOf } from "../core/explain/support/worldOf.ts";

/** Services, as far as HAProxy's complaints lead to them: each is one line of the configuration. */
const services = Array.from(
  { length: 9 },
  (_, index) => ({ appId: `/app-${index}`, index: 0, port: index }) as Service,
);

const alert = (message: string, line?: number): CheckMessage => ({ severity: "alert", message, line });

/** A HAProxy that refuses services. @param say what it says when these are among those that it reads */
function haproxy(say: (some: readonly Service[]) => CheckMessage[] | "endless") {
  const asked: number[] = [];
  const look = (some: readonly Service[]) => {
    asked.push(some.length);
    const said = say(some);
    const chunks = some.map((service) => ({ text: `backend ${service.appId}\n`, service }));
    const maps = { "domain2backend.map": "", "app2backend.map": "" };
    const configuration = assembled({ chunks, maps, problems: [] });
    if (said === "endless") {
      return Promise.resolve({
        configuration,
        valid: false,
        messages: [alert("it did not end")],
        endless: true as const,
      });
    }
    return Promise.resolve({ configuration, valid: said.length === 0, messages: said });
  };
  return { look, asked };
}

const [bad, worse] = [services[3]!, services[7]!];

Deno.test("findRefused: one check tells that HAProxy accepts all", async () => {
  const { look, asked } = haproxy(() => []);
  assert.deepEqual(await findRefused(services, look), { refused: new Map(), unchecked: new Map() });
  assert.deepEqual(asked, [9]);
});

Deno.test("findRefused: those whose lines HAProxy names, until it accepts the rest; files are elsewhere", async () => {
  const { look } = haproxy((some) => [
    ...some.includes(bad) ? [alert("unknown keyword", some.indexOf(bad) + 1)] : [],
    ...some.includes(worse) ? [alert("unable to load SSL certificate file", some.indexOf(worse) + 1)] : [],
  ]);
  const { refused, unchecked, failure } = await findRefused(services, look);
  assert.deepEqual([[...refused], [...unchecked], failure], [
    [[bad, "unknown keyword"]],
    [[worse, "unable to load SSL certificate file"]],
    undefined,
  ]);
});

Deno.test("findRefused: halves tell who is refused where HAProxy names nothing", async () => {
  const { look, asked } = haproxy((some) => some.includes(bad) || some.includes(worse) ? [alert("no")] : []);
  const { refused } = await findRefused(services, look);
  assert.deepEqual([...refused.keys()], [bad, worse]);
  assert.ok(asked.length < 20, `${asked.length} checks`);
});

Deno.test("findRefused: all, where HAProxy refuses them only together", async () => {
  const { look } = haproxy((some) => some.includes(bad) && some.includes(worse) ? [alert("not both")] : []);
  assert.equal((await findRefused(services, look)).refused.size, 9);
});

Deno.test("findRefused: a check that does not end, and a configuration refused without any app, say nothing of apps", async () => {
  const endless = await findRefused(services, haproxy(() => "endless").look);
  assert.deepEqual([endless.refused.size, endless.failure], [0, "it did not end"]);
  const shared = haproxy(() => [alert("no lua")]);
  assert.deepEqual((await findRefused(services, shared.look)).failure, "no lua");
  assert.deepEqual(shared.asked, [9, 0]);
});

Deno.test("withoutRefused: the other services serve what they served, requests by app id too", () => {
  const ports = [{ port: 10000 }, { port: 10001 }];
  const world = worldOf({
    apps: [
      {
        id: "/shop",
        portDefinitions: ports,
        // The second service comes first in the rules of vhosts, and the first one serves the app id.
        labels: { HAPROXY_0_MODE: "http", HAPROXY_1_VHOST: "b.test" },
        tasks: [marathonTask({ ports: [31000, 31001] })],
      },
      { id: "/refused", portDefinitions: [{ port: 10002 }], labels: { HAPROXY_0_VHOST: "c.test" } },
    ],
  });
  const [refused, ...others] = world.services.toSorted((a, b) => a.appId < b.appId ? -1 : 1);
  assert.equal(refused!.appId, "/refused");
  const rest = withoutRefused(world, new Map([[refused!, "no"]]));
  assert.deepEqual(new Set(rest.services), new Set(others));
  const lines = (text: string) =>
    text.split("\n").filter((line) => line !== "" && !/refused|c[._]test|10002/.test(line));
  assert.match(world.configuration.text, /use_backend shop_10000 if app__shop/);
  assert.deepEqual(
    lines(rest.configuration.text).filter((line) => line.includes("shop")),
    lines(world.configuration.text).filter((line) => line.includes("shop")),
  );
});
