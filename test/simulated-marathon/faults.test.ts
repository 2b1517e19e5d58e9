import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { type Fault, readFault } from "../../tools/simulated-marathon/faults/Fault.ts";
import { Faults } from "../../tools/simulated-marathon/faults/Faults.ts";
import { SimulatedMarathon } from "../../tools/simulated-marathon/SimulatedMarathon.ts";
import { FakeClock } from "../support/FakeClock.ts";
import { api } from "./api.ts";

const schedules: { name: string; fault: Fault; hits: boolean[] }[] = [
  { name: "always", fault: {}, hits: [true, true, true, true] },
  { name: "every second", fault: { every: 2 }, hits: [false, true, false, true] },
  { name: "twice", fault: { times: 2 }, hits: [true, true, false, false] },
  { name: "every second, once", fault: { every: 2, times: 1 }, hits: [false, true, false, false] },
];
for (const { name, fault, hits } of schedules) {
  Deno.test(`fault schedule: ${name}`, () => {
    const faults = new Faults();
    faults.add(fault);
    deepEqual(hits.map(() => faults.take("GET", "/v2/apps") !== undefined), hits);
  });
}

const targets: { fault: Fault; hit: boolean }[] = [
  { fault: { path: "/v2/apps" }, hit: true },
  { fault: { path: "/v2/app" }, hit: false },
  { fault: { path: "/v2/*" }, hit: true },
  { fault: { path: "/v2/apps", method: "get" }, hit: true },
  { fault: { path: "/v2/apps", method: "PUT" }, hit: false },
];
for (const { fault, hit } of targets) {
  Deno.test(`fault target: ${JSON.stringify(fault)} ${hit ? "takes" : "leaves"} GET /v2/apps`, () => {
    const faults = new Faults();
    faults.add(fault);
    equal(faults.take("GET", "/v2/apps") !== undefined, hit);
  });
}

for (const bad of [null, { delay: 5 }, { delayMs: -1 }, { every: 0 }, { status: 99 }, { hang: "yes" }]) {
  Deno.test(`fault from JSON: ${JSON.stringify(bad)} is refused`, () => {
    throws(() => readFault(bad), TypeError);
  });
}

Deno.test("a status in place of the answer, so many times", async () => {
  await using marathon = await SimulatedMarathon.start();
  marathon.faults.add({ path: "/v2/apps", status: 503, times: 2 });
  const statuses = [];
  for (let i = 0; i < 3; i++) statuses.push((await api("GET", `${marathon.url}/v2/apps`)).status);
  deepEqual(statuses, [503, 503, 200]);
});

Deno.test("a status is sent without doing what was asked for", async () => {
  await using marathon = await SimulatedMarathon.start();
  marathon.faults.add({ method: "POST", status: 500 });
  equal((await api("POST", `${marathon.url}/v2/apps`, { id: "/web" })).status, 500);
  deepEqual((await api("GET", `${marathon.url}/v2/apps`)).body, { apps: [] });
});

Deno.test("malformed JSON is a complete answer that cannot be parsed", async () => {
  await using marathon = await SimulatedMarathon.start();
  marathon.setApps([{ id: "/web" }]);
  marathon.faults.add({ malformed: true });
  const response = await fetch(`${marathon.url}/v2/apps`);
  equal(response.status, 200);
  const text = await response.text();
  throws(() => JSON.parse(text), SyntaxError);
});

Deno.test("a truncated answer is a connection closed in the middle", async () => {
  await using marathon = await SimulatedMarathon.start();
  marathon.setApps(Array.from({ length: 1000 }, (_, i) => ({ id: `/web-${i}` })));
  marathon.faults.add({ truncate: true });
  const response = await fetch(`${marathon.url}/v2/apps`);
  equal(response.status, 200);
  await rejects(response.text());
});

Deno.test("an empty answer has the shape but no apps", async () => {
  await using marathon = await SimulatedMarathon.start();
  marathon.setApps([{ id: "/web" }]);
  marathon.faults.add({ empty: true });
  deepEqual((await api("GET", `${marathon.url}/v2/apps`)).body, { apps: [] });
});

Deno.test("a body of its own goes with the status or without", async () => {
  await using marathon = await SimulatedMarathon.start();
  marathon.faults.add({ body: '{"apps": null}', times: 1 });
  marathon.faults.add({ body: "[]", status: 500 });
  const first = await api("GET", `${marathon.url}/v2/apps`);
  deepEqual([first.status, first.body], [200, { apps: null }]);
  const second = await api("GET", `${marathon.url}/v2/apps`);
  deepEqual([second.status, second.body], [500, []]);
});

Deno.test("a dropped request gets no answer", async () => {
  await using marathon = await SimulatedMarathon.start();
  marathon.faults.add({ drop: true });
  await rejects(fetch(`${marathon.url}/v2/apps`));
});

Deno.test("a delayed answer comes when the time has passed", async () => {
  const clock = new FakeClock();
  await using marathon = await SimulatedMarathon.start({ clock });
  marathon.faults.add({ delayMs: 60_000 });
  let answered = false;
  const answer = fetch(`${marathon.url}/v2/apps`).then((response) => {
    answered = true;
    return response.json();
  });
  await marathon.requests.until("/v2/apps", 1);
  await clock.advance(59_999);
  equal(answered, false);
  await clock.advance(1);
  deepEqual(await answer, { apps: [] });
});

Deno.test("a request that hangs ends with the simulation", async () => {
  const marathon = await SimulatedMarathon.start();
  marathon.faults.add({ hang: true });
  const failed = rejects(fetch(`${marathon.url}/v2/apps`));
  await marathon.requests.until("/v2/apps", 1);
  await marathon.stop();
  await failed;
});

Deno.test("faults are added, listed and removed over HTTP, past every fault", async () => {
  await using marathon = await SimulatedMarathon.start();
  const faults = `${marathon.url}/_sim/faults`;
  const { status, body } = await api("POST", faults, { status: 502 });
  equal(status, 201);
  equal((await api("GET", `${marathon.url}/ping`)).status, 502);
  deepEqual((await api("GET", faults)).body, [{ status: 502, id: body.id, applied: 1 }]);
  equal((await api("DELETE", `${faults}/${body.id}`)).status, 204);
  equal((await api("DELETE", `${faults}/${body.id}`)).status, 404);
  equal((await api("GET", `${marathon.url}/ping`)).status, 200);
  equal((await api("POST", faults, { nonsense: 1 })).status, 422);
});
