import assert from "node:assert/strict";
import { RefusedServices } from "../../../lib/core/admission/refused.ts";
import { type SuspectGroup, Suspects } from "../../../lib/core/admission/suspects.ts";
import type { Service } from "../../../lib/core/model/service.ts";
import { serviceOf } from "../model/support/serviceOf.ts";

/** What a check says of one service; `silent`: HAProxy refuses it without a name. */
type Fault = "named" | "silent" | "endless";

let port = 10_000;
const app = (name: string, count = 1): Service[] =>
  Array.from({ length: count }, (_, index) => serviceOf({ appId: `/${name}`, index, port: port++ }));
const cluster = (apps: number) => Array.from({ length: apps }, (_, rank) => app(`app-${rank}`)).flat();
const why = () => "a test";
const nameOf = ({ appId, index }: Service) => `${appId} ${index}`;

/** Has these services judged by a HAProxy that finds these faults, of which it names the first one only. */
class Court {
  readonly refused = new RefusedServices();
  readonly suspects = new Suspects(this.refused);
  /** How many services each check was about, `+` where all that is proven was with them, and how it ended. */
  readonly checks: string[] = [];
  readonly faults = new Map<string, Fault>();

  fault(services: readonly Service[], fault: Fault): void {
    for (const service of services) this.faults.set(nameOf(service), fault);
  }

  setAside(services: readonly Service[], rest: Partial<SuspectGroup> = {}): void {
    this.suspects.setAside({ services, alone: true, state: "open", ...rest }, why);
  }

  /** Makes the next check. Returns whether there was one. */
  check(): boolean {
    const group = this.suspects.next();
    if (!group) return false;
    const { services, alone } = group;
    const faultOf = (service: Service) => this.faults.get(nameOf(service));
    const endless = services.some((service) => faultOf(service) === "endless");
    const named = services.find((service) => faultOf(service) === "named");
    const silent = services.some((service) => faultOf(service) === "silent");
    const result = endless ? "endless" : named || silent ? "refused" : "valid";
    this.checks.push(`${services.length}${alone ? "" : "+"} ${result}`);
    const blamed = new Map(named && !endless ? [[named, "it is bad"]] : []);
    this.suspects.settle({ result, blamed, reason: `it is ${result}` });
    return true;
  }

  judge(): void {
    while (this.check()) assert.ok(this.checks.length < 1_000, "it does not come to an end");
  }

  count(result: string): number {
    return this.checks.filter((check) => check.endsWith(result)).length;
  }

  proven(services: readonly Service[]): number {
    return services.filter((service) => this.refused.isProven(service)).length;
  }
}

Deno.test("Suspects: services that are good are proven in one check, and wait until then", () => {
  const court = new Court();
  const services = cluster(5);
  court.setAside(services);
  assert.deepEqual(court.refused.substitute(services).services, []);
  court.judge();
  assert.deepEqual(court.checks, ["5 valid"]);
  assert.deepEqual(court.refused.substitute(services), { services, problems: [] });
  assert.ok(court.suspects.isEmpty && court.refused.isEmpty);
});

Deno.test("Suspects: one service among 2,000 with which a check does not end is found by bisection", () => {
  for (const rank of [0, 713, 1_999]) {
    const court = new Court();
    const services = cluster(2_000);
    court.fault([services[rank]!], "endless");
    court.setAside(services);
    court.judge();
    assert.deepEqual([court.proven(services), court.refused.isEndless(services[rank]!)], [1_999, true]);
    assert.ok(court.count("endless") <= 12, `${court.count("endless")} checks that do not end`);
  }
});

Deno.test("Suspects: the good half is served before the search in the other one lasts", () => {
  const court = new Court();
  const services = cluster(64);
  court.fault([services[3]!], "endless");
  court.setAside(services);
  for (let check = 0; check < 3; check++) court.check();
  assert.deepEqual(court.checks, ["64 endless", "32 endless", "32 valid"]);
  assert.equal(court.proven(services), 32);
});

for (const fault of ["named", "silent", "endless"] as const) {
  Deno.test(`Suspects: an app with 2,000 bad services (${fault}) is refused as a whole after a few checks`, () => {
    const court = new Court();
    const bad = app("bad", 2_000);
    court.fault(bad, fault);
    const services = [...cluster(10), ...bad];
    court.setAside(services);
    court.judge();
    assert.ok(court.checks.length <= 40, court.checks.join());
    assert.equal(court.proven(services), 10);
    const { problems } = court.refused.substitute(services);
    assert.deepEqual([problems.length, problems.every(({ severity }) => severity === "excluded")], [
      2_000,
      true,
    ]);
  });
}

Deno.test("Suspects: of an app with some bad services the good ones are served", () => {
  const court = new Court();
  const services = app("mixed", 40);
  court.fault([services[3]!, services[20]!, services[39]!], "named");
  court.setAside(services, { alone: false });
  court.judge();
  assert.deepEqual(court.checks, ["40+ refused", "39+ refused", "38+ refused", "37+ valid"]);
  assert.equal(court.proven(services), 37);
});

Deno.test("Suspects: 40 bad apps, named one at a time: the good ones do not wait for all of them", () => {
  const court = new Court();
  const services = cluster(400);
  court.fault(services.filter((_, rank) => rank % 10 === 7), "named");
  court.setAside(services);
  for (let check = 0; check < 40; check++) court.check();
  assert.ok(court.proven(services) >= 100, `${court.proven(services)} after 40 checks`);
  court.judge();
  assert.equal(court.proven(services), 360);
});

Deno.test("Suspects: a service that is refused alone is checked with the proven services before it is refused", () => {
  const court = new Court();
  const services = app("needs-others");
  court.fault(services, "named");
  court.setAside(services);
  court.check();
  court.faults.clear();
  court.judge();
  assert.deepEqual([court.checks, court.proven(services)], [["1 refused", "1+ valid"], 1]);
});

Deno.test("Suspects: the last one is asked about before it is blamed: it may be over", () => {
  const court = new Court();
  const services = cluster(2);
  court.setAside(services, { alone: false, state: "refused" });
  court.judge();
  assert.deepEqual([court.checks, court.proven(services)], [["1+ valid", "1+ valid"], 2]);
});

Deno.test("Suspects: a service that changes or disappears is dropped from the check, and the others are checked again", () => {
  const court = new Court();
  const services = cluster(8);
  court.fault([services[5]!], "endless");
  court.setAside(services, { state: "endless" });
  assert.equal(court.suspects.next()!.services.length, 4);
  const changed = services.map((service, rank) =>
    rank === 5 ? { ...service, labels: { BALANCE: "source" } } : service
  );
  assert.equal(court.suspects.retain(changed), false, "it is not among those that are checked");
  court.suspects.settle({ result: "valid", blamed: new Map(), reason: "" });
  court.judge();
  assert.deepEqual([court.checks, court.proven(services)], [["3 valid"], 7]);

  const more = app("x", 2);
  court.setAside(more);
  court.suspects.next();
  court.refused.retain(more.slice(1));
  assert.equal(court.suspects.retain(more.slice(1)), true, "one that is checked is gone");
  court.suspects.putBack();
  court.checks.length = 0;
  court.judge();
  assert.deepEqual(court.checks, ["1 valid"]);
});

Deno.test("Suspects: refused services are retried by app, those that are endless in a check of their own, once", () => {
  const court = new Court();
  const [bad, slow, other] = [app("bad", 300), app("slow", 100), app("other")];
  const services = [...bad, ...slow, ...other];
  court.fault([...bad, ...other], "named");
  court.fault(slow, "endless");
  court.setAside(services);
  court.judge();
  const told = court.refused.substitute(services).problems;
  court.checks.length = 0;
  court.suspects.retry(services);
  court.suspects.retry(services);
  assert.deepEqual(court.refused.substitute(services).services, [], "they are out until they are proven");
  court.judge();
  assert.equal(court.count("endless"), 1);
  assert.ok(court.checks.length <= 14, court.checks.join());
  assert.deepEqual(court.refused.substitute(services).problems, told, "nothing new is told of them");

  court.faults.clear();
  court.suspects.retry(services);
  court.judge();
  assert.equal(court.proven(services), services.length);
});

Deno.test("Suspects: an app with which checks do not end is not looked at with the others when it changes", () => {
  const court = new Court();
  const [slow, other] = [app("slow"), app("other")];
  court.fault(slow, "endless");
  court.setAside(slow);
  court.judge();
  const changed = [{ ...slow[0]!, labels: { BALANCE: "source" } }, ...other];
  court.suspects.holdBack(changed);
  assert.deepEqual(court.refused.substitute(changed).services, other);
  assert.ok(court.suspects.holds("/slow") && !court.suspects.holds("/other"));
});
