import assert from "node:assert/strict";
import { callbackUrl } from "../../../../lib/shell/marathon/callback/callbackUrl.ts";

const cases: [host: string, hostName: string, url: string][] = [
  ["10.0.0.1", "lb", "http://10.0.0.1:8080"],
  ["lb.test", "lb", "http://lb.test:8080"],
  ["fd00::1", "lb", "http://[fd00::1]:8080"],
  ["*", "lb", "http://lb:8080"],
  ["0.0.0.0", "lb", "http://lb:8080"],
  ["::", "lb", "http://lb:8080"],
  ["*", "fd00::1", "http://[fd00::1]:8080"],
];

for (const [host, hostName, url] of cases) {
  Deno.test(`callbackUrl: ${host} on ${hostName}`, () => {
    assert.equal(callbackUrl({ host, port: 8080 }, hostName), url);
  });
}
