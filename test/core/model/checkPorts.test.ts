import assert from "node:assert/strict";
import { checkPorts } from "../../../lib/core/model/checkPorts.ts";
import { serviceOf } from "./support/serviceOf.ts";

/** A service on `port` that names `named`, with one backend for each of its ports. */
const service = (port: number, named: number | undefined, ...ports: number[]) =>
  serviceOf({
    port,
    labels: named === undefined ? {} : { BACKEND_HEALTHCHECK_PORT_INDEX: named },
    backends: ports.map((port) => ({ host: "h", ip: "10.0.0.1", port, draining: false })),
  });

const table: [what: string, named: number | undefined, expected: number[] | undefined][] = [
  ["no label", undefined, undefined],
  ["itself, the lowest port", 0, [31000, 31001]],
  ["the one of the next port, by rank", 1, [32000, 32001]],
  ["one with fewer backends", 2, [33000, 31001]],
  ["out of range", 3, [31000, 31001]],
  ["from the end", -2, [32000, 32001]],
  ["out of range from the end", -4, [31000, 31001]],
];
for (const [what, named, expected] of table) {
  Deno.test(`checkPorts: ${what}`, () => {
    const others = [service(10003, undefined, 33000), service(10002, undefined, 32000, 32001)];
    const [result, ...rest] = checkPorts([service(10001, named, 31000, 31001), ...others]);
    assert.deepEqual(result?.checkPorts, expected);
    assert.deepEqual(rest, others);
  });
}
