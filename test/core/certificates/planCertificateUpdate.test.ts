import assert from "node:assert/strict";
import {
  type CertificateChanges,
  type CertificatePlan,
  planCertificateUpdate,
} from "../../../lib/core/certificates/planCertificateUpdate.ts";

const pem = "A comment\r\n-----BEGIN CERTIFICATE-----\r\nAA==\r\n\r\n-----END CERTIFICATE-----\r\n\r\n" +
  "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----";
const payload = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n" +
  "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n";
const update = (path: string) => ({
  path,
  set: `set ssl cert ${path} <<\n${payload}`,
  commit: `commit ssl cert ${path}`,
  abort: `abort ssl cert ${path}`,
});
const large = `-----BEGIN CERTIFICATE-----\n${"A".repeat(15_000)}\n-----END CERTIFICATE-----`;

const cases: [
  name: string,
  changes: Partial<CertificateChanges>,
  loaded: { files: string[]; transaction?: string },
  plan: CertificatePlan,
][] = [
  ["nothing changed", {}, { files: ["/a"] }, { kind: "nothing" }],
  ["a file that HAProxy does not use", { changed: [{ path: "/b", pem }] }, { files: ["/a"] }, {
    kind: "nothing",
  }],
  [
    "a directory that HAProxy does not use",
    { changed: [{ path: "/d/b", pem, directory: "/d" }] },
    { files: ["/a", "/d/deep/c", "/dd/e"] },
    { kind: "nothing" },
  ],
  [
    "two files",
    { changed: [{ path: "/a", pem }, { path: "/d/b", pem, directory: "/d" }] },
    { files: ["/a", "/d/b"] },
    { kind: "runtime", updates: [update("/a"), update("/d/b")] },
  ],
  [
    "a new file in a directory",
    { changed: [{ path: "/a", pem }, { path: "/d/b", pem, directory: "/d/" }] },
    { files: ["/a", "/d/a"] },
    { kind: "reload", reason: "/d/b was added" },
  ],
  ["a removed file", { removed: ["/d/b"] }, { files: ["/d/b"] }, {
    kind: "reload",
    reason: "/d/b was removed",
  }],
  ["a removed file that was not used", { removed: ["/d/b"] }, { files: ["/d/a"] }, { kind: "nothing" }],
  [
    "somebody's transaction",
    { changed: [{ path: "/a", pem }] },
    { files: ["/a", "/b"], transaction: "/b" },
    { kind: "reload", reason: `somebody's "set ssl cert" for /b is not committed yet` },
  ],
  [
    "a file larger than HAProxy's buffer",
    { changed: [{ path: "/a", pem: large }] },
    { files: ["/a"] },
    { kind: "reload", reason: "/a is too large for HAProxy's runtime commands" },
  ],
  [
    "a name with a blank",
    { changed: [{ path: "/a b", pem }] },
    { files: ["/a b"] },
    { kind: "reload", reason: "/a b cannot be named in a runtime command" },
  ],
];
for (const [name, { changed = [], removed = [] }, loaded, plan] of cases) {
  Deno.test(`the plan for ${name}`, () => {
    assert.deepEqual(planCertificateUpdate({ changed, removed }, loaded), plan);
  });
}
