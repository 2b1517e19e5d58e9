import assert from "node:assert/strict";
import { RefusedServices } from "../../../lib/core/exclusion/RefusedServices.ts";
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

Deno.test("RefusedServices: last good sections do not take a port that somebody else has now", () => {
  const refused = new RefusedServices();
  const before = serviceOf({ port: 10002, labels: { BALANCE: "leastconn" } });
  refused.accept([before]);
  refused.refuse(bad, "no such algorithm");
  const { services, problems } = refused.substitute([serviceOf({ appId: "/aaa", port: 10002 }), bad]);
  assert.deepEqual(services.map(({ appId }) => appId), ["/aaa"]);
  assert.equal(problems.length, 2);
});

Deno.test("RefusedServices: forgiven, it is tried again", () => {
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
