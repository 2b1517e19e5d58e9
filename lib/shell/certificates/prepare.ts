import { isIP } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Logger } from "../log/logger.ts";
import type { Clock } from "../system/clock.ts";
import { makeDirectory, readFileIfExists, writeFileAtomically } from "../system/files.ts";
import { inspectCertificate, loadX509 } from "./chain.ts";
import { checkCertificateFile } from "./files.ts";

/** Only the owner reads a private key. */
const privateMode = 0o600;

export interface CertificateOptions {
  environment: Readonly<Record<string, string | undefined>>;
  /** Files and directories of `--ssl-certs`; `undefined` or empty when the flag was not given. */
  sslCerts?: readonly string[];
  /** Where certificates from the environment, and the self-signed one, are written (`--cert-dir`). */
  certDir: string;
  clock: Clock;
  logger: Logger;
  /** Goes into the self-signed certificate; the system's by default. */
  hostName?: string;
}

/**
 * Writes the certificates of the HTTPS frontend to the disk and returns their paths. Those of `--ssl-certs` come first,
 * then those of the environment. Without either, it is `cert.pem`, which is made and self-signed if it is missing.
 * Nothing is written before every variable was found good.
 *
 * @throws {Error} of one line that names the flag or variable and the file
 */
export async function prepareCertificates(options: CertificateOptions): Promise<string[]> {
  const { sslCerts = [], certDir } = options;
  const fromEnvironment = environmentCertificates(options.environment, certDir);
  for (const { variable, pem } of fromEnvironment) {
    const { fault, warning } = await inspectCertificate(pem, options.clock.now());
    if (fault) throw new Error(`The environment variable ${variable} ${fault}`);
    if (warning) options.logger.warning(`The environment variable ${variable} ${warning}`);
  }
  if (fromEnvironment.length > 0) await writeCertificates(fromEnvironment, certDir);
  for (const path of sslCerts) await checkCertificateFile(path, "--ssl-certs", options);

  const paths = [...sslCerts, ...fromEnvironment.map(({ path }) => path)];
  return paths.length > 0 ? [...new Set(paths)] : [await defaultCertificate(options)];
}

async function writeCertificates(certificates: EnvironmentCertificate[], certDir: string): Promise<void> {
  await makeDirectory(certDir, "the certificate directory (--cert-dir)");
  for (const { variable, path, pem } of certificates) {
    try {
      await writeFileAtomically(path, pem, { mode: privateMode });
    } catch (error) {
      throw new Error(`${variable}: ${error instanceof Error ? error.message : error}`, { cause: error });
    }
  }
}

async function defaultCertificate({ certDir, clock, logger, hostName }: CertificateOptions): Promise<string> {
  const path = join(certDir, "cert.pem");
  if (await readFileIfExists(path) === undefined) {
    await makeDirectory(certDir, "the certificate directory (--cert-dir)");
    await writeFileAtomically(path, await selfSignedCertificate(hostName ?? hostname(), clock), {
      mode: privateMode,
    });
    logger.info(`No certificate is configured: created a self-signed one at ${path}`);
  } else {
    await checkCertificateFile(
      path,
      "--cert-dir (neither HAPROXY_SSL_CERT nor --ssl-certs is given)",
      { clock, logger },
    );
  }
  return path;
}

const day = 24 * 60 * 60 * 1000;
const years = 10;
/** A client whose clock is a little behind must not refuse the certificate as not yet valid. */
const backdated = day;
/** `id-kp-serverAuth` of RFC 5280, 4.2.1.12. */
const serverAuthentication = "1.3.6.1.5.5.7.3.1";

/**
 * Makes a certificate for any host, to serve until the operator provides a real one. It is ECDSA P-256, `CN=*`, and
 * valid for ten years. Its subject alternative names are `*`, `localhost` and the host's own name. Returns PEM text as
 * HAProxy's `crt` reads it: the certificate, then its private key (PKCS #8).
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

/** A PEM text that came in an environment variable, and the file it belongs in. */
export interface EnvironmentCertificate {
  variable: string;
  pem: string;
  path: string;
}

/** `HAPROXY_SSL_CERT0` to `HAPROXY_SSL_CERT100` are read. */
const highestNumber = 100;

/**
 * The certificates of `HAPROXY_SSL_CERT` (`cert.pem`) and `HAPROXY_SSL_CERT0` … `100` (`cert0.pem` …), in this order.
 * `\n` escapes are expanded, because many ways to set a variable take one line only. An empty variable counts as not
 * set.
 */
export function environmentCertificates(
  environment: Readonly<Record<string, string | undefined>>,
  certDir: string,
): EnvironmentCertificate[] {
  const suffixes = ["", ...Array.from({ length: highestNumber + 1 }, (_, number) => String(number))];
  return suffixes.flatMap((suffix) => {
    const variable = `HAPROXY_SSL_CERT${suffix}`;
    const text = environment[variable]?.trim();
    if (!text) return [];
    const pem = text.replaceAll(/(?:\\r)?\\n/g, "\n").trimEnd() + "\n";
    return [{ variable, pem, path: join(certDir, `cert${suffix}.pem`) }];
  });
}
