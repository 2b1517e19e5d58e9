import assert from "node:assert/strict";
import {
  type CertificateChanges,
  type CertificatePlan,
  type CertificateUpdate,
  parseFingerprint,
  parseShowCrtList,
  parseShowCrtLists,
  parseShowSslCert,
  planCertificateUpdate,
} from "../../../lib/core/certificates/update.ts";
import { socketCommand, withPayload } from "../../../lib/core/haproxy/socketCommand.ts";

Deno.test("the loaded files are listed", () => {
  assert.deepEqual(parseShowSslCert("# filename\n/a.pem\n/dir/b.pem"), { files: ["/a.pem", "/dir/b.pem"] });
  assert.deepEqual(parseShowSslCert("# filename"), { files: [] });
});

Deno.test("an open transaction is known", () => {
  assert.deepEqual(parseShowSslCert("# transaction\n*/a.pem\n# filename\n/a.pem\n"), {
    files: ["/a.pem"],
    transaction: "/a.pem",
  });
});

Deno.test("what is no list is none", () => {
  assert.equal(parseShowSslCert(""), undefined);
  assert.equal(parseShowSslCert("Unknown command: 'show ssl cert'"), undefined);
});

Deno.test("crt-lists and directories are listed, and the files of one", () => {
  assert.deepEqual(parseShowCrtLists("/certs\n/etc/list.txt"), ["/certs", "/etc/list.txt"]);
  assert.deepEqual(parseShowCrtLists(""), []);
  assert.deepEqual(parseShowCrtList("# /certs\n/certs/a.pem\n/certs/b c.pem"), [
    "/certs/a.pem",
    "/certs/b c.pem",
  ]);
  assert.equal(parseShowCrtList("didn't find the specified filename"), undefined);
});

Deno.test("the fingerprint is read from the details", () => {
  const sha1 = "61E158B469AC79CC41973739C62605B0708A44C6";
  const answer =
    `Filename: /a.pem\nStatus: Used\nAlgorithm: EC256\nSHA1 FingerPrint: ${sha1}\nSubject: /CN=a`;
  assert.equal(parseFingerprint(answer), sha1);
  assert.equal(
    parseFingerprint("Can't display the certificate: Not found or the certificate is a bundle!"),
    undefined,
  );
});

const pem = "A comment\r\n-----BEGIN CERTIFICATE-----\r\nAA==\r\n\r\n-----END CERTIFICATE-----\r\n\r\n" +
  "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----";
const payload = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n" +
  "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n";
const content = (path: string) => [
  {
    text: withPayload(socketCommand`set ssl cert ${path}`, payload),
    expect: /^Transaction (?:created|updated) for certificate /m,
    failure: `HAProxy refused ${path}`,
  },
  {
    text: socketCommand`commit ssl cert ${path}`,
    expect: /^Success!$/m,
    failure: `HAProxy did not commit ${path}`,
  },
];
const update = (path: string): CertificateUpdate => ({
  kind: "replace",
  path,
  commands: content(path),
  undo: [socketCommand`abort ssl cert ${path}`],
});
const addition = (path: string, directory: string, from: "new" | "store" = "new"): CertificateUpdate => ({
  kind: "add",
  path,
  commands: [
    ...from === "store" ? [] : [{
      text: socketCommand`new ssl cert ${path}`,
      expect: /^New empty certificate store /m,
      failure: `HAProxy has no place for ${path}`,
    }],
    ...content(path),
    {
      text: socketCommand`add ssl crt-list ${directory} ${path}`,
      expect: /^Success!$/m,
      failure: `HAProxy did not add ${path}`,
    },
  ],
  undo: [socketCommand`abort ssl cert ${path}`, socketCommand`del ssl cert ${path}`],
});
const removal = (path: string, directory: string): CertificateUpdate => ({
  kind: "remove",
  path,
  commands: [
    {
      text: socketCommand`del ssl crt-list ${directory} ${path}`,
      expect: /^Entry .* deleted in crtlist /m,
      failure: `HAProxy did not remove ${path} from its directory`,
    },
    {
      text: socketCommand`del ssl cert ${path}`,
      expect: /^Certificate .* deleted!$/m,
      failure: `HAProxy did not remove ${path}`,
    },
  ],
  undo: [],
});
const large = `-----BEGIN CERTIFICATE-----\n${"A".repeat(15_000)}\n-----END CERTIFICATE-----`;

const cases: [
  name: string,
  changes: Partial<CertificateChanges>,
  loaded: { files: string[]; transaction?: string; directories?: Record<string, string[]> },
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
    "a new file in a directory that HAProxy has not loaded as one",
    { changed: [{ path: "/a", pem }, { path: "/d/b", pem, directory: "/d/" }] },
    { files: ["/a", "/d/a"] },
    { kind: "reload", reason: "/d/b was added" },
  ],
  ["a removed file of a directory that HAProxy has not loaded as one", { removed: ["/d/b"] }, {
    files: ["/d/b"],
  }, {
    kind: "reload",
    reason: "/d/b was removed",
  }],
  [
    "a new file behind the others of its directory",
    {
      changed: [{ path: "/d/b", pem, directory: "/d/" }],
      names: new Map([["/d/b", ["b"]], ["/d/a", ["a"]]]),
    },
    { files: ["/d/a"], directories: { "/d": ["/d/a"] } },
    { kind: "runtime", updates: [addition("/d/b", "/d")] },
  ],
  [
    "a new file that a failed attempt left in the store",
    { changed: [{ path: "/d/b", pem, directory: "/d" }] },
    { files: ["/d/a", "/d/b"], directories: { "/d": ["/d/a"] } },
    { kind: "runtime", updates: [addition("/d/b", "/d", "store")] },
  ],
  [
    "a new file that is the first of its directory",
    { changed: [{ path: "/d/a", pem, directory: "/d" }] },
    { files: ["/d/b"], directories: { "/d": ["/d/b"] } },
    { kind: "reload", reason: "/d/a was added and is the first of its directory, the default" },
  ],
  [
    "a new file for a name that an earlier file of its directory has too",
    {
      changed: [{ path: "/d/b", pem, directory: "/d" }],
      names: new Map([["/d/b", ["b", "a"]], ["/d/a", ["a"]]]),
    },
    { files: ["/d/a"], directories: { "/d": ["/d/a"] } },
    { kind: "runtime", updates: [addition("/d/b", "/d")] },
  ],
  [
    "a new file for a name that a later file has too",
    {
      changed: [{ path: "/d/b", pem, directory: "/d" }],
      names: new Map([["/d/b", ["b", "a"]], ["/d/c", ["a"]]]),
    },
    { files: ["/d/a", "/d/c"], directories: { "/d": ["/d/a", "/d/c"] } },
    { kind: "reload", reason: "/d/b was added, and /d/c has a certificate for a too" },
  ],
  [
    "a new file for a name that a file elsewhere has too",
    { changed: [{ path: "/d/b", pem, directory: "/d" }], names: new Map([["/d/b", ["a"]], ["/c", ["a"]]]) },
    { files: ["/c", "/d/a"], directories: { "/d": ["/d/a"] } },
    { kind: "reload", reason: "/d/b was added, and /c has a certificate for a too" },
  ],
  [
    "a file that gets another name",
    {
      changed: [{ path: "/d/b", pem, directory: "/d" }],
      removed: ["/d/c"],
      names: new Map([["/d/b", ["a"]], ["/d/c", ["a"]]]),
    },
    { files: ["/d/a", "/d/c"], directories: { "/d": ["/d/a", "/d/c"] } },
    { kind: "runtime", updates: [addition("/d/b", "/d"), removal("/d/c", "/d")] },
  ],
  [
    "a new file with an OCSP response",
    { changed: [{ path: "/d/b", pem, directory: "/d", companions: ["b.ocsp"] }] },
    { files: ["/d/a"], directories: { "/d": ["/d/a"] } },
    { kind: "reload", reason: "/d/b was added with b.ocsp" },
  ],
  [
    "a new file of a bundle",
    { changed: [{ path: "/d/b.rsa", pem, directory: "/d" }] },
    { files: ["/d/a"], directories: { "/d": ["/d/a"] } },
    { kind: "reload", reason: "/d/b.rsa was added as a part of a bundle" },
  ],
  [
    "a new file with a blank in its name",
    { changed: [{ path: "/d/b c", pem, directory: "/d" }] },
    { files: ["/d/a"], directories: { "/d": ["/d/a"] } },
    { kind: "reload", reason: "/d/b c cannot be named in a runtime command" },
  ],
  [
    "a new file larger than HAProxy's buffer",
    { changed: [{ path: "/d/b", pem: large, directory: "/d" }] },
    { files: ["/d/a"], directories: { "/d": ["/d/a"] } },
    { kind: "reload", reason: "/d/b is too large for HAProxy's runtime commands" },
  ],
  [
    "a removed file of a directory",
    { removed: ["/d/b"] },
    { files: ["/d/a", "/d/b"], directories: { "/d": ["/d/a", "/d/b"] } },
    { kind: "runtime", updates: [removal("/d/b", "/d")] },
  ],
  [
    "the removed default of a directory",
    { removed: ["/d/a"] },
    { files: ["/d/a", "/d/b"], directories: { "/d": ["/d/a", "/d/b"] } },
    { kind: "reload", reason: "/d/a was removed, the default of its directory" },
  ],
  [
    "a removed file of a bundle",
    { removed: ["/d/b.ecdsa"] },
    { files: ["/d/a", "/d/b.ecdsa"], directories: { "/d": ["/d/a", "/d/b.ecdsa"] } },
    { kind: "reload", reason: "/d/b.ecdsa was removed, a part of a bundle" },
  ],
  [
    "a removed file with a blank in its name",
    { removed: ["/d/b c"] },
    { files: ["/d/a", "/d/b c"], directories: { "/d": ["/d/a", "/d/b c"] } },
    { kind: "reload", reason: "/d/b c cannot be named in a runtime command" },
  ],
  ["a removed file that was not used", { removed: ["/d/b"] }, { files: ["/d/a"] }, { kind: "nothing" }],
  [
    "somebody's transaction",
    { changed: [{ path: "/a", pem }] },
    { files: ["/a", "/b"], transaction: "/b" },
    { kind: "reload", reason: `another client's "set ssl cert" for /b is not committed yet` },
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
for (const [name, { changed = [], removed = [], names }, loaded, plan] of cases) {
  Deno.test(`the plan for ${name}`, () => {
    const directories = new Map(Object.entries(loaded.directories ?? {}));
    assert.deepEqual(planCertificateUpdate({ changed, removed, names }, { ...loaded, directories }), plan);
  });
}
