import assert from "node:assert/strict";
import { blame } from "../../../lib/core/exclusion/blame.ts";
import { newBinds } from "../../../lib/core/exclusion/newBinds.ts";
import { renderConfiguration } from "../../../lib/core/render/renderConfiguration.ts";
import { serviceOf } from "../model/support/serviceOf.ts";
import { renderContext } from "../render/support/renderContext.ts";

const one = serviceOf({ appId: "/one", port: 10001 });
const two = serviceOf({ appId: "/two", port: 10002 });
const both = renderConfiguration([one, two], renderContext());

function ports(held: string, configuration = both): string[] {
  return newBinds(held, configuration).map(({ address, service }) => `${address.port} ${service?.appId}`);
}

Deno.test("newBinds: everything, when HAProxy holds nothing", () => {
  assert.deepEqual(ports(""), [
    "9090 undefined",
    "80 undefined",
    "9091 undefined",
    "443 undefined",
    "10001 /one",
    "10002 /two",
  ]);
});

Deno.test("newBinds: only what HAProxy does not hold yet", () => {
  assert.deepEqual(ports(renderConfiguration([one], renderContext()).text), ["10002 /two"]);
  assert.deepEqual(ports(both.text), []);
});

Deno.test("newBinds: another address is another port", () => {
  const bound = serviceOf({ appId: "/one", port: 10001, labels: { BIND_ADDR: "127.0.0.1" } });
  assert.deepEqual(ports(both.text, renderConfiguration([bound, two], renderContext())), ["10001 /one"]);
});

Deno.test("newBinds: each port once, with the line of the first who wants it", () => {
  const chunks = [
    { text: "frontend a\n  bind *:80\n" },
    { text: "frontend b\n  mode tcp\n  bind *:80,*:81\n", service: one },
  ];
  assert.deepEqual(newBinds("", { chunks }).map(({ address, line }) => [address.port, line]), [[80, 2], [
    81,
    5,
  ]]);
});

Deno.test("newBinds: the line leads to the service", () => {
  for (const { line, service } of newBinds("", both)) {
    const blamed = [...blame([{ severity: "alert", line, message: "taken" }], both, [one, two]).keys()];
    assert.deepEqual(blamed, service ? [service] : []);
  }
});

Deno.test("newBinds: a service that asks for more ports than an address has is told of once", () => {
  const line = "  bind *:1-40000,127.0.0.1:1-40000\n";
  const chunks = [{ text: "global\n" }, { text: `frontend a\n  mode tcp\n${line}${line}`, service: one }];
  const expected = {
    address: { host: "0.0.0.0", port: 1, ipv6Only: false },
    line: 4,
    service: one,
    excessive: true,
  };
  assert.deepEqual(newBinds("", { chunks }), [expected]);
  assert.deepEqual(newBinds(line, { chunks }), [expected]);
  assert.equal(newBinds("", { chunks: [{ text: "  bind *:1-65535\n", service: one }] }).length, 65_535);
});
