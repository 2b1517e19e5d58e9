import assert from "node:assert/strict";
import { RefusedServices } from "../../../lib/core/admission/refused.ts";
import { serviceOf } from "../model/support/serviceOf.ts";

const backends = [{ host: "h", ip: "10.0.0.9", port: 31009, draining: false }];
const good = serviceOf({ labels: { BALANCE: "leastconn" } });
const bad = serviceOf({ labels: { BALANCE: "nonsense" }, backends });
const other = serviceOf({ appId: "/other", port: 10002 });

Deno.test("RefusedServices: nothing is refused at first", () => {
  const refused = new RefusedServices();
  assert.deepEqual(refused.substitute([bad, other]), { services: [bad, other], problems: [] });
});

Deno.test("RefusedServices: a refused service is left out until its definition changes", () => {
  const refused = new RefusedServices();
  refused.refuse(bad, "no such algorithm");
  const { services, problems } = refused.substitute([bad, other]);
  assert.deepEqual(services, [other]);
  assert.deepEqual(problems, [{
    code: "haproxy-refuses",
    severity: "excluded",
    app: "/web",
    index: 0,
    message: "/web: service 0 is left out, HAProxy refuses it: no such algorithm; nothing is served instead",
  }]);
  assert.deepEqual(refused.substitute([good]).services, [good], "another definition");
  assert.deepEqual(refused.substitute([bad]).services, [], "the same one again");
  assert.deepEqual(refused.substitute([{ ...bad, backends: [] }]).services, [], "other tasks change nothing");
});

Deno.test("RefusedServices: its last good sections are served with the tasks of today", () => {
  const refused = new RefusedServices();
  refused.accept([good]);
  refused.refuse(bad, "no such algorithm");
  const { services, problems } = refused.substitute([bad]);
  assert.deepEqual(services, [{ ...good, backends, checkPorts: undefined }]);
  assert.match(problems[0]!.message, /; its last good sections are served instead$/);
});

Deno.test("RefusedServices: last good sections that are refused as well are not served", () => {
  const refused = new RefusedServices();
  refused.accept([good]);
  refused.refuse(bad, "no such algorithm");
  refused.refuse({ ...good, backends }, "not any more");
  assert.deepEqual(refused.substitute([bad]).services, []);
});

Deno.test("RefusedServices: last good sections keep the port that another app has been promised", () => {
  const refused = new RefusedServices();
  const before = serviceOf({ port: 10002, labels: { BALANCE: "leastconn" } });
  refused.accept([before]);
  refused.refuse(bad, "no such algorithm");
  const newcomer = serviceOf({ appId: "/aaa", port: 10002 });
  const { services, problems } = refused.substitute([newcomer, bad]);
  assert.deepEqual(services[0], { ...newcomer, frontend: false });
  assert.deepEqual([services[1]!.port, services[1]!.frontend], [10002, undefined]);
  assert.deepEqual(problems.map(({ app, severity }) => [app, severity]), [["/web", "excluded"], [
    "/aaa",
    "warning",
  ]]);
});

Deno.test("RefusedServices: last good sections take nothing away that another app serves", () => {
  const refused = new RefusedServices();
  const labels = { VHOST: ["a.com"] };
  const before = serviceOf({ port: 10002, labels });
  const other = serviceOf({ appId: "/aaa", port: 10003, labels });
  refused.accept([other, before]);
  refused.refuse(bad, "no such algorithm");
  const { services, problems } = refused.substitute([other, bad]);
  assert.deepEqual(services.map(({ labels }) => labels.VHOST), [["a.com"], ["a.com"]]);
  assert.equal(problems.length, 1);
});

Deno.test("RefusedServices: forgiven, it is retried", () => {
  const refused = new RefusedServices();
  refused.refuse(bad, "a certificate is missing");
  refused.forgive();
  assert.deepEqual(refused.substitute([bad]).services, [bad]);
});

Deno.test("RefusedServices: what is gone is forgotten", () => {
  const refused = new RefusedServices();
  refused.accept([good]);
  refused.refuse(bad, "no such algorithm");
  refused.retain([other]);
  assert.deepEqual(refused.substitute([bad]).services, [bad]);
  assert.equal(refused.isProven(good), false);
});

Deno.test("RefusedServices: proven is what was accepted in this definition", () => {
  const refused = new RefusedServices();
  refused.accept([good]);
  assert.deepEqual([refused.isProven({ ...good, backends }), refused.isProven(bad)], [true, false]);
});

Deno.test("RefusedServices: a service that waits is left out with a warning, until it is proven or changes", () => {
  const refused = new RefusedServices();
  refused.accept([good]);
  refused.wait(bad, "others are refused");
  assert.ok(refused.waits && !refused.isEmpty && refused.isWaiting({ ...bad, backends: [] }));
  const { services, problems } = refused.substitute([bad, other]);
  assert.deepEqual(services, [{ ...good, backends, checkPorts: undefined }, other]);
  assert.deepEqual(problems.map(({ severity, message }) => [severity, message]), [[
    "warning",
    "/web: service 0 waits until HAProxy has checked it: others are refused; its last good sections are served instead",
  ]]);
  refused.retain([bad, other]);
  assert.ok(refused.waits);
  const { version } = refused;
  refused.prove([bad]);
  assert.notEqual(refused.version, version);
  assert.deepEqual([refused.waits, refused.isProven(bad), refused.substitute([bad]).services], [false, true, [
    bad,
  ]]);

  refused.wait(other, "others are refused");
  refused.retain([{ ...other, labels: { BALANCE: "source" } }]);
  assert.equal(refused.waits, false, "its definition has changed");
});

Deno.test("RefusedServices: what is refused and found to be good is served again", () => {
  const refused = new RefusedServices();
  refused.refuse(bad, "it did not end", true);
  assert.deepEqual([refused.isRefused(bad), refused.isEndless(bad), [...refused.endlessApps]], [true, true, [
    "/web",
  ]]);
  refused.prove([bad]);
  assert.ok(refused.isEmpty);
  refused.refuse(bad, "no such algorithm");
  refused.forgetFormer([good]);
  assert.ok(refused.isEmpty, "a definition that is there no more is forgotten");
});

Deno.test("RefusedServices: a verdict on a service without a vhost that another app holds is one on the service", () => {
  const refused = new RefusedServices();
  const labels = { VHOST: ["a.com", "b.com"] };
  const holder = serviceOf({ labels: { VHOST: ["a.com"] } });
  const newcomer = serviceOf({ appId: "/zz", port: 10003, labels });
  refused.refuse(bad, "no such algorithm");
  refused.accept([holder]);
  const served = refused.substitute([holder, newcomer]).services;
  assert.deepEqual(served.map((service) => service.labels.VHOST), [["a.com"], ["b.com"]]);
  refused.refuse(served[1]!, "tcp");
  assert.deepEqual(refused.substitute([holder, newcomer]).services, [holder]);
  refused.forgetFormer([holder, newcomer]);
  assert.ok(refused.isRefused(newcomer));
});
