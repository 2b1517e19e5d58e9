import { isIP } from "node:net";
import type { Clock } from "../clock/Clock.ts";
import { loadX509 } from "./loadX509.ts";

const day = 24 * 60 * 60 * 1000;
const years = 10;
/** A client whose clock is a little behind must not refuse the certificate as not yet valid. */
const backdated = day;
/** `id-kp-serverAuth` of RFC 5280, 4.2.1.12. */
const serverAuthentication = "1.3.6.1.5.5.7.3.1";

/**
 * Makes a certificate for any host, for the time until an operator gives a real one: ECDSA P-256, `CN=*`, subject
 * alternative names `*`, `localhost` and the host's own name, valid for ten years. Returns PEM text as HAProxy's `crt`
 * reads it: the certificate, then its private key (PKCS #8).
 */
export async function selfSignedCertificate(hostName: string, clock: Clock): Promise<string> {
  const x509 = await loadX509();
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const now = clock.now();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=*",
    notBefore: new Date(now - backdated),
    notAfter: new Date(now + years * 365 * day),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([serverAuthentication]),
      new x509.SubjectAlternativeNameExtension(alternativeNames(hostName)),
      // All these certificates have the same name: a client that trusts several tells them apart by their keys.
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const privateKey = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return `${certificate.toString("pem")}\n${x509.PemConverter.encode(privateKey, "PRIVATE KEY")}\n`;
}

function alternativeNames(hostName: string): { type: "dns" | "ip"; value: string }[] {
  const names = new Set(["*", "localhost"]);
  // A container may have no host name, and a system's may hold what no certificate can.
  if (/^[\x21-\x7e]+$/.test(hostName)) names.add(hostName);
  return [...names].map((value) => ({ type: isIP(value) ? "ip" : "dns", value }));
}
