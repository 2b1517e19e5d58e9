import assert from "node:assert/strict";
import { parseFingerprint, parseShowSslCert } from "../../../lib/core/certificates/parseShowSslCert.ts";

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
