import assert from "node:assert/strict";
import { lintLabels } from "../../../lib/core/labels/labelLint.ts";
import { appOf } from "../model/support/appOf.ts";

const meant: [label: string, ports: number, code: string | undefined, meant?: string][] = [
  ["HAPROXY_0_VHOTS", 1, "label-unknown", "HAPROXY_0_VHOST"],
  ["HAPROXY_1_BACKEND_WIEGHT", 2, "label-unknown", "HAPROXY_1_BACKEND_WEIGHT"],
  ["HAPROXY_VHOST", 1, "label-without-index", "HAPROXY_0_VHOST"],
  ["HAPROXY_VHOST_0", 1, "label-unknown", "HAPROXY_0_VHOST"],
  ["HAPROXY_GRUOP", 1, "label-unknown", "HAPROXY_GROUP"],
  ["HAPROXY_GROUPS", 1, "label-unknown", "HAPROXY_GROUP"],
  ["haproxy_group", 1, "label-unknown", "HAPROXY_GROUP"],
  ["HAPROXY-GROUP", 1, "label-unknown", "HAPROXY_GROUP"],
  ["HAPROXY0_VHOST", 1, "label-unknown", "HAPROXY_0_VHOST"],
  ["HAPROXY_00_VHOST", 1, "label-unknown", "HAPROXY_0_VHOST"],
  ["haproxy_0_vhost", 1, "label-unknown", "HAPROXY_0_VHOST"],
  ["HAPROXY_0_QQQQQQQQ", 1, "label-unknown", undefined],
  ["HAPROXY_2_VHOST", 2, "index-without-port"],
  ["HAPROXY_0_VHOST", 0, undefined],
  ["HAPROXY_0_VHOST", 1, undefined],
  ["HAPROXY_0_GROUP", 1, undefined],
  ["HAPROXY_0_BACKEND_HEAD", 1, undefined],
  ["HAPROXY_0_HTTP_BACKEND_REDIR", 1, undefined],
  ["HAPROXY_DEPLOYMENT_GROUP", 1, undefined],
  ["HAPROXY_APP_ID", 1, undefined],
  ["TRAEFIK_GROUP", 1, undefined],
];
for (const [label, ports, code, suggested] of meant) {
  Deno.test(`lintLabels: ${label} with ${ports} ports, ${code ?? "nothing to say"}, did you mean ${suggested}`, () => {
    const findings = lintLabels(appOf({ labels: { [label]: "/a" } }), ports);
    assert.deepEqual(findings.map((one) => one.code), code ? [code] : []);
    if (!code || code === "index-without-port") return;
    const said = /did you mean (\S+)\?$/.exec(findings[0]!.said)?.[1];
    assert.equal(said, suggested);
  });
}

const values: [label: string, text: string, code: string | undefined][] = [
  ["STICKY", "flase", "boolean-misspelt"],
  ["STICKY", "1", "boolean-misspelt"],
  ["ENABLED", "on", "boolean-misspelt"],
  ...["true", "T", "YES", "y", "false", "f", "No", "n", "0", "off", " "].map((text) =>
    ["ENABLED", text, undefined] as [string, string, undefined]
  ),
  ["PATH", "cart", "path-without-slash"],
  ["PATH", "-i /cart checkout", "path-without-slash"],
  ["PATH", "-i /cart /checkout", undefined],
  ["PATH", "", undefined],
];
for (const [name, text, code] of values) {
  Deno.test(`lintLabels: HAPROXY_0_${name} of ${JSON.stringify(text)}, ${code ?? "nothing to say"}`, () => {
    const findings = lintLabels(appOf({ labels: { [`HAPROXY_0_${name}`]: text } }), 1);
    assert.deepEqual(findings.map((one) => [one.code, one.index]), code ? [[code, 0]] : []);
  });
}

Deno.test("lintLabels: an app of thousands of unknown labels gets a few findings", () => {
  const labels = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`HAPROXY_X${index}`, "x"]));
  assert.equal(lintLabels(appOf({ labels }), 1).length, 20);
});
