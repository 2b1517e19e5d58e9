import type { X509Certificate } from "@peculiar/x509";
import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey } from "node:crypto";
import {
  type Certificate,
  certificateBlocks,
  type CertificateChain,
  findPemFault,
  judgeChain,
  namesServed,
  privateKeyBlock,
  type Verdict,
} from "../../core/certificates/chain.ts";

/**
 * Decodes the certificates and the private key (RSA, ECDSA, Ed25519) of a PEM text. Throws an `Error` that says as a
 * predicate what cannot be decoded, without content.
 */
export async function decodeChain(pem: string): Promise<CertificateChain> {
  const decoded = await decodeCertificates(pem);
  const [first, ...rest] = decoded.map(describe);
  if (!first) throw new Error("holds no certificate");
  const key = publicPart(pem);
  return {
    certificates: [first, ...rest],
    keyOf: decoded.findIndex(({ publicKey }) => Buffer.from(publicKey.rawData).equals(key)),
    issuedByNext: await Promise.all(
      decoded.slice(1).map((issuer, index) => isIssuedBy(decoded[index]!, issuer)),
    ),
  };
}

/** The certificates of a PEM text, in order; it throws as `decodeChain` does. */
export async function decodeCertificates(pem: string): Promise<X509Certificate[]> {
  const x509 = await loadX509();
  return certificateBlocks(pem).map(({ body }, index) => {
    try {
      return new x509.X509Certificate(Buffer.from(body, "base64"));
    } catch (cause) {
      throw new Error(
        `holds a certificate (number ${index + 1} in it) that is damaged; copy it there again`,
        { cause },
      );
    }
  });
}

/** What is reported about a certificate. */
export function describe(certificate: X509Certificate): Certificate {
  const names = certificate.getExtension<SubjectAlternativeNames>("2.5.29.17")?.names.items ?? [];
  return {
    subject: certificate.subject,
    names: names.map(({ value }) => value),
    serial: certificate.serialNumber.toUpperCase(),
    notBefore: certificate.notBefore.getTime(),
    notAfter: certificate.notAfter.getTime(),
    selfIssued: certificate.subject === certificate.issuer,
  };
}

type SubjectAlternativeNames = import("@peculiar/x509").SubjectAlternativeNameExtension;

/** The public key of the private one, as a certificate has it (SubjectPublicKeyInfo). */
function publicPart(pem: string): Uint8Array {
  try {
    const key = createPrivateKey(privateKeyBlock(pem)?.text ?? "");
    return createPublicKey(key).export({ type: "spki", format: "der" });
  } catch (cause) {
    throw new Error("holds a private key that is damaged or of an unknown kind; copy it there again", {
      cause,
    });
  }
}

const verifiableCurves = ["P-256", "P-384", "P-521"];

async function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): Promise<boolean> {
  if (
    !Buffer.from(certificate.issuerName.toArrayBuffer()).equals(
      Buffer.from(issuer.subjectName.toArrayBuffer()),
    )
  ) {
    return false;
  }
  const { publicKey } = issuer;
  const { name, namedCurve } = publicKey.algorithm as EcKeyAlgorithm;
  // WebCrypto does not know the other curves, and the library takes that for a wrong signature.
  if (!name.startsWith("RSA") && !verifiableCurves.includes(namedCurve)) return true;
  try {
    return await certificate.verify({ publicKey, signatureOnly: true });
  } catch {
    // A kind of signature that WebCrypto does not know: the names have to do.
    return true;
  }
}

/** Loads the library for certificates: when one is looked at, as most commands look at none. */
export async function loadX509(): Promise<typeof import("@peculiar/x509")> {
  // Needed first by the library's dependency injection, and by nothing else.
  await import("reflect-metadata");
  return await import("@peculiar/x509");
}

/** Whether HAProxy can use the certificate and the private key of a PEM text at `now`; never quotes the text. */
export async function inspectCertificate(pem: string, now: number): Promise<Verdict> {
  const fault = findPemFault(pem);
  if (fault !== undefined) return { fault };
  try {
    return judgeChain(await decodeChain(pem), now);
  } catch (error) {
    return { fault: (error as Error).message };
  }
}

/**
 * When the first certificate of a usable PEM text ends, in milliseconds since 1970. Undefined where HAProxy could not
 * use the text at that time either.
 */
export async function endOfUse(pem: string): Promise<number | undefined> {
  if (findPemFault(pem) !== undefined) return undefined;
  try {
    const chain = await decodeChain(pem);
    const end = Math.min(...chain.certificates.map(({ notAfter }) => notAfter));
    return judgeChain(chain, end).fault === undefined ? end : undefined;
  } catch {
    // `inspectCertificate` says what is wrong with it.
    return undefined;
  }
}

/** The names that the server's certificate of a PEM text is for; undefined where it has none that can be read. */
export async function namesIn(pem: string): Promise<readonly string[] | undefined> {
  try {
    const [first] = await decodeCertificates(pem);
    return first && namesServed(describe(first));
  } catch {
    // `inspectCertificate` says what is wrong with it.
    return undefined;
  }
}
