import assert from "node:assert/strict";
import { findHealthCheck } from "../../../lib/core/model/findHealthCheck.ts";
import { appOf } from "./support/appOf.ts";

const table: [what: string, checks: Record<string, unknown>[], index: number, path: string | undefined][] = [
  ["none", [], 0, undefined],
  ["the one of its index", [{ portIndex: 0, path: "/a" }, { portIndex: 1, path: "/b" }], 1, "/b"],
  ["the first of two", [{ portIndex: 1, path: "/a" }, { portIndex: 1, path: "/b" }], 1, "/a"],
  ["one with a port is for all", [{ port: 8080, path: "/a" }, { portIndex: 1, path: "/b" }], 1, "/a"],
  ["of another index", [{ portIndex: 0, path: "/a" }], 1, undefined],
  ["neither port nor index", [{ path: "/a" }], 0, undefined],
  ["port 0 is no port", [{ port: 0, portIndex: 1, path: "/a" }], 0, undefined],
];
for (const [what, checks, index, path] of table) {
  Deno.test(`findHealthCheck: ${what}`, () => {
    const app = appOf({ healthChecks: checks.map((check) => ({ protocol: "HTTP", ...check })) });
    assert.equal(findHealthCheck(app, index)?.path, path);
  });
}
