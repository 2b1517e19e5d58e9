import { Buffer } from "node:buffer";
import { loadX509 } from "../../../../lib/shell/certificates/chain.ts";

const day = 86_400_000;

export const ecdsa = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
export const rsa = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};

export interface Made {
  readonly name: string;
  /** PEM texts. */
  readonly certificate: string;
  readonly key: string;
  readonly serial: string;
  readonly keys: CryptoKeyPair;
}

export interface MakeOptions {
  readonly issuer?: Made;
  readonly algorithm?: typeof ecdsa | typeof rsa;
  /** Days from now. */
  readonly from?: number;
  readonly until?: number;
  /** Milliseconds since 1970. */
  readonly now?: number;
  /** The pair to certify; a new one by default. */
  readonly keys?: CryptoKeyPair;
}

/** Makes a certificate for a host, with a serial number of its own; self-signed unless there is an issuer. */
export async function makeCertificate(name: string, options: MakeOptions = {}): Promise<Made> {
  const { issuer, algorithm = ecdsa, from = -1, until = 90, now = Date.now() } = options;
  const x509 = await loadX509();
  const keys = options.keys ??
    await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]) as CryptoKeyPair;
  // Not with a zero in front, which some programs leave out when they show it.
  const serial = `4A${Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString("hex")}`.toUpperCase();
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${name}`,
    issuer: `CN=${issuer?.name ?? name}`,
    serialNumber: serial,
    notBefore: new Date(now + from * day),
    notAfter: new Date(now + until * day),
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    signingAlgorithm: (issuer?.keys ?? keys).privateKey.algorithm.name === "ECDSA" ? ecdsa : rsa,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: name }])],
  });
  const key = x509.PemConverter.encode(
    await crypto.subtle.exportKey("pkcs8", keys.privateKey),
    "PRIVATE KEY",
  );
  return { name, certificate: `${certificate.toString("pem")}\n`, key: `${key}\n`, serial, keys };
}
