import type { Clock } from "../clock/Clock.ts";
import type { Logger } from "../log/Logger.ts";
import { certificateFiles, readCertificate } from "./certificateFiles.ts";
import { inspectCertificate } from "./inspectCertificate.ts";

export interface CheckContext {
  /** Tells what has expired. */
  readonly clock: Clock;
  /** Takes a warning for each certificate that expires soon. */
  readonly logger: Logger;
}

/**
 * Reads a certificate file, or every certificate of a directory, as HAProxy's `crt` would: a private key may also stand in
 * `FILE.key`. `origin` is the flag or variable that named it. Throws an `Error` of one line with the origin, the file and
 * what to do, never with content.
 */
export async function checkCertificateFile(
  path: string,
  origin: string,
  { clock, logger }: CheckContext,
): Promise<void> {
  const files = await named(origin, certificateFiles(path));
  if (files.length === 0) {
    throw new Error(`${origin}: the directory ${path} holds no certificate file; put at least one there`);
  }
  for (const { path } of files) {
    const { fault, warning } = await inspectCertificate(
      await named(origin, readCertificate(path)),
      clock.now(),
    );
    if (fault) throw new Error(`${origin}: ${path} ${fault}`);
    if (warning) logger.warning(`${origin}: ${path} ${warning}`);
  }
}

/** Has an error begin with the origin. */
async function named<T>(origin: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new Error(`${origin}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
