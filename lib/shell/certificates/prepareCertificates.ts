import { mkdir } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Clock } from "../clock/Clock.ts";
import { fileError } from "../files/fileError.ts";
import { readFileIfExists } from "../files/readFileIfExists.ts";
import { writeFileAtomically } from "../files/writeFileAtomically.ts";
import type { Logger } from "../log/Logger.ts";
import { checkCertificateFile } from "./checkCertificateFile.ts";
import { type EnvironmentCertificate, environmentCertificates } from "./environmentCertificates.ts";
import { inspectCertificate } from "./inspectCertificate.ts";
import { selfSignedCertificate } from "./selfSignedCertificate.ts";

/** Nobody but the owner reads a private key. */
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
 * Brings the certificates of the HTTPS frontend onto the disk and returns their paths: those of `--ssl-certs`, then those
 * of the environment; without either, `cert.pem`, made and self-signed if it is not there. Throws an `Error` of one line
 * that names the flag or variable and the file; nothing is written before every variable was found good.
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
  await makeDirectory(certDir);
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
    await makeDirectory(certDir);
    await writeFileAtomically(path, await selfSignedCertificate(hostName ?? hostname(), clock), {
      mode: privateMode,
    });
    logger.info(`No certificate was given: made a self-signed one at ${path}`);
  } else {
    await checkCertificateFile(
      path,
      "--cert-dir (neither HAPROXY_SSL_CERT nor --ssl-certs is given)",
      { clock, logger },
    );
  }
  return path;
}

async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw fileError("make the certificate directory (--cert-dir)", path, error);
  }
}
