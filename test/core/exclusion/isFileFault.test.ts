import assert from "node:assert/strict";
import { isFileFault } from "../../../lib/core/exclusion/isFileFault.ts";

// As HAProxy 2.6 says them.
const faults = [
  "'bind 0.0.0.0:1' in section 'frontend' : unable to load certificate from file '/a.pem'.",
  "'bind 0.0.0.0:1' in section 'frontend' : unable to stat SSL certificate from file '/a.pem' : No such file or directory.",
  "'bind 0.0.0.0:1' in section 'frontend' : No Private Key found in '/a.pem.key'.",
  "'bind 0.0.0.0:1' in section 'frontend' : inconsistencies between private key and certificate loaded '/a.pem'.",
  "Couldn't open the ca-file '/a' (No such file or directory).",
  "'bind 0.0.0.0:1' in section 'frontend' : 'ca-file' : unable to load /a",
];
const others = [
  "unknown keyword 'file' in 'backend' section",
  "'balance' only supports 'roundrobin', …",
  "'server b/s' : could not resolve address 'x'",
  "Proxy 'b': unable to find required use_backend: 'nope'.",
];

for (const [messages, expected] of [[faults, true], [others, false]] as const) {
  for (const message of messages) {
    Deno.test(`isFileFault: ${expected}: ${message}`, () => assert.equal(isFileFault(message), expected));
  }
}
