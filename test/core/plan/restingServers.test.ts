import assert from "node:assert/strict";
import { restingServers } from "../../../lib/core/plan/restingServers.ts";

Deno.test("restingServers: those of each section that their line disables", () => {
  const text = `global
  maxconn 7
backend a
  server one 10.0.0.1:80 id 1 disabled check
  server two 10.0.0.2:80
  # server three 10.0.0.3:80 disabled
  server disabled 10.0.0.4:80
listen b
  server one host.test:80 disabled
`;
  assert.deepEqual(restingServers({ text }), ["a/one", "b/one"]);
  assert.deepEqual(restingServers({ text: "" }), []);
});

Deno.test("restingServers: of a configuration in pieces the pieces are looked at", () => {
  const pieces = ["backend a\n  server one 10.0.0.1:80 disabled\n", "backend b\n  server one 10.0.0.2:80\n"];
  const files = {
    chunks: pieces.map((text) => ({ text })),
    get text(): string {
      throw new Error("it was put together");
    },
  };
  assert.deepEqual(restingServers(files), ["a/one"]);
});
