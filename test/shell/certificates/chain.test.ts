import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { certificateFingerprint } from "../../../lib/core/certificates/update.ts";
import { inspectCertificate } from "../../../lib/shell/certificates/chain.ts";
import { makeCertificate, rsa } from "./support/makeCertificate.ts";

const now = Date.UTC(2026, 0, 1);
const root = await makeCertificate("root", { now });
const middle = await makeCertificate("middle", { issuer: root, now });
const leaf = await makeCertificate("leaf", { issuer: middle, now });
const other = await makeCertificate("other", { now });
const ofRsa = await makeCertificate("rsa", { algorithm: rsa, now });
const issuedByRsa = await makeCertificate("mixed", { issuer: ofRsa, now });
/** Issued by one that has the name of `middle` but not its key. */
const impostor = await makeCertificate("middle", { issuer: root, now });

const good: [name: string, pem: string][] = [
  ["ECDSA", other.certificate + other.key],
  ["RSA", ofRsa.certificate + ofRsa.key],
  ["the key first", other.key + other.certificate],
  ["a chain", leaf.certificate + leaf.key + middle.certificate],
  ["a chain with its root", leaf.certificate + middle.certificate + root.certificate + leaf.key],
  ["an ECDSA key certified with RSA", issuedByRsa.certificate + ofRsa.certificate + issuedByRsa.key],
  ["carriage returns", (other.certificate + other.key).replaceAll("\n", "\r\n")],
  ["a key of OpenSSL's old form (SEC 1)", other.certificate + oldForm(other.key, "sec1")],
  ["a key of OpenSSL's old form (PKCS #1)", ofRsa.certificate + oldForm(ofRsa.key, "pkcs1")],
];
for (const [name, pem] of good) {
  Deno.test(`a PEM text with ${name} is good`, async () => {
    assert.deepEqual(await inspectCertificate(pem, now), { warning: undefined });
  });
}

const bad: [name: string, pem: string, fault: RegExp][] = [
  ["the key of another", other.certificate + leaf.key, /^holds a private key that does not belong to its/],
  ["an RSA key for ECDSA", other.certificate + ofRsa.key, /^holds a private key that does not belong to its/],
  [
    "the chain in front",
    middle.certificate + leaf.certificate + leaf.key,
    /belongs to its second certificate; put/,
  ],
  [
    "a link left out",
    leaf.certificate + root.certificate + leaf.key,
    /^holds a chain out of order: its first certificate is not issued by its second;/,
  ],
  [
    "the chain turned round",
    leaf.certificate + root.certificate + middle.certificate + leaf.key,
    /^holds a chain out of order: its first certificate is not issued by its second;/,
  ],
  [
    "an issuer of the right name with another key",
    leaf.certificate + impostor.certificate + leaf.key,
    /^holds a chain out of order: its first certificate is not issued by its second;/,
  ],
  ["no key", other.certificate, /^holds no private key;/],
  ["no certificate", other.key, /^holds no certificate;/],
  [
    "a damaged certificate",
    other.certificate.replace(/\n.{40}/, "\n") + other.key,
    /^holds a certificate \(number 1 in it\) that is damaged; copy it there again$/,
  ],
  [
    "a damaged key",
    other.certificate + other.key.replace(/\n.{40}/, "\n"),
    /^holds a private key that is damaged or of an unknown kind; copy it there again$/,
  ],
];
for (const [name, pem, fault] of bad) {
  Deno.test(`a PEM text with ${name} is refused, without its content`, async () => {
    const verdict = await inspectCertificate(pem, now);
    assert.match(verdict.fault ?? "", fault);
    assert.doesNotMatch(verdict.fault!, /[\w+/]{20}/);
  });
}

Deno.test("the time counts", async () => {
  const pem = other.certificate + other.key;
  const day = 86_400_000;
  assert.match((await inspectCertificate(pem, now + 91 * day)).fault!, /expired at 2026-04-01T00:00:00Z;/);
  assert.match(
    (await inspectCertificate(pem, now - 2 * day)).fault!,
    /is not valid before 2025-12-31T00:00:00Z,/,
  );
  assert.match((await inspectCertificate(pem, now + 80 * day)).warning!, /expires in 10 days,/);
});

Deno.test("the fingerprint is that of the first certificate", () => {
  const { raw } = new X509Certificate(leaf.certificate);
  const expected = createHash("sha1").update(Buffer.from(raw)).digest("hex").toUpperCase();
  assert.equal(certificateFingerprint(leaf.key + leaf.certificate + middle.certificate), expected);
  assert.equal(certificateFingerprint(leaf.key), undefined);
});

/** A key in the form of its own kind, as `openssl genrsa -traditional` and `openssl ecparam` write it. */
function oldForm(key: string, type: "sec1" | "pkcs1"): string {
  return createPrivateKey(key).export({ type, format: "pem" }).toString();
}
