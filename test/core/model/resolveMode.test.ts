import assert from "node:assert/strict";
import type { ServiceLabels } from "../../../lib/core/labels/ServiceLabels.ts";
import type { HealthCheck } from "../../../lib/core/marathon/App.ts";
import { resolveMode } from "../../../lib/core/model/resolveMode.ts";
import { appOf } from "./support/appOf.ts";

const check = (protocol: string | undefined): HealthCheck | undefined =>
  protocol === undefined ? undefined : appOf({ healthChecks: [{ protocol }] }).healthChecks[0];

const VHOST = ["a.com"];
const table: [labels: ServiceLabels, own: string | undefined, borrowed: string | undefined, mode: string][] =
  [
    [{}, undefined, undefined, "tcp"],
    [{ VHOST }, undefined, undefined, "http"],
    [{ VHOST: [] }, undefined, undefined, "tcp"],
    [{ VHOST, MODE: "tcp" }, undefined, undefined, "tcp"],
    [{ MODE: "http" }, undefined, undefined, "http"],
    [{}, "HTTP", undefined, "http"],
    [{}, "MESOS_HTTP", undefined, "tcp"],
    [{}, "HTTPS", undefined, "tcp"],
    [{}, "TCP", undefined, "tcp"],
    [{ VHOST }, "TCP", undefined, "http"],
    [{ MODE: "tcp" }, "HTTP", undefined, "tcp"],
    [{}, undefined, "HTTP", "http"],
    [{}, undefined, "HTTPS", "http"],
    [{}, undefined, "MESOS_HTTP", "http"],
    [{ MODE: "tcp" }, undefined, "MESOS_HTTPS", "http"],
    [{}, undefined, "TCP", "tcp"],
  ];
for (const [labels, own, borrowed, mode] of table) {
  Deno.test(`resolveMode: ${JSON.stringify(labels)}, own check ${own}, borrowed ${borrowed}`, () => {
    assert.equal(resolveMode(labels, check(own), check(borrowed)), mode);
  });
}
