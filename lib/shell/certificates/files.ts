import { lstat, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Certificate, holdsPrivateKey } from "../../core/certificates/chain.ts";
import type { AlarmReport } from "../../core/status/state.ts";
import type { Logger } from "../log/logger.ts";
import type { Clock } from "../system/clock.ts";
import { fileError, readFileIfExists } from "../system/files.ts";
import { decodeCertificates, describe, endOfUse, inspectCertificate } from "./chain.ts";

/** What HAProxy does not load from a `crt` directory (configuration manual 5.1, "crt"). */
const reserved = /^\.|\.(?:key|issuer|ocsp|sctl)$/;

/** A file that HAProxy's `crt` loads. */
export interface CertificateFile {
  readonly path: string;
  /** The directory that was named instead of the file. */
  readonly directory?: string;
  /** Files beside it that HAProxy loads with it, the key excepted. */
  readonly companions?: readonly string[];
}

/** What HAProxy loads with a certificate: its issuer, and what it staples (configuration manual 3.1, "ssl-load-extra-files"). */
const companionKinds = ["issuer", "ocsp", "sctl"];

/** The file, or those that HAProxy loads from the directory, in its order. Throws an `Error` of one line. */
export async function certificateFiles(path: string): Promise<CertificateFile[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [{ path }];
    const present = (await readdir(path)).sort();
    const files: CertificateFile[] = [];
    for (const name of present.filter((name) => !reserved.test(name))) {
      const file = { path: join(path, name), directory: path };
      if (!await isRegular(file.path)) continue;
      const companions = companionKinds.map((kind) => `${name}.${kind}`)
        .filter((beside) => present.includes(beside));
      files.push(companions.length > 0 ? { ...file, companions } : file);
    }
    return files;
  } catch (error) {
    throw fileError("read", path, error);
  }
}

async function isRegular(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    // It left the directory meanwhile. A symbolic link that leads nowhere is there, and HAProxy refuses it.
    if (await isGone(path)) return false;
    throw error;
  }
}

/** Whether a file that was listed is not there any more. */
export async function isGone(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}

/** The text of a certificate file. Where it holds no private key, the key from `FILE.key` is added. */
export async function readCertificate(file: string): Promise<string> {
  const pem = await readFileIfExists(file) ?? "";
  if (holdsPrivateKey(pem)) return pem;
  const key = await readFileIfExists(`${file}.key`) ?? "";
  return key === "" ? pem : `${pem.trimEnd()}\n${key}`;
}

export interface CheckContext {
  /** Tells what has expired. */
  readonly clock: Clock;
  /** Takes a warning for each certificate that expires soon. */
  readonly logger: Logger;
}

/**
 * Reads a certificate file, or every certificate of a directory, as HAProxy's `crt` does. A private key may also be in
 * `FILE.key`. A directory needs one good file: faults of the others are logged. `origin` is the flag or variable that
 * names the path.
 *
 * @throws {Error} of one line with the origin, the file and what to do, never with content
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
  const faults: string[] = [];
  for (const { path, directory } of files) {
    const pem = await named(origin, readCertificate(path));
    const { fault, warning } = await inspectCertificate(pem, clock.now());
    if (warning) logger.warning(`${origin}: ${path} ${warning}`);
    if (!fault) continue;
    faults.push(`${origin}: ${path} ${fault}`);
    if (directory === undefined) break;
  }
  if (faults.length === 0) return;
  // The others of a directory are no worse for it.
  if (faults.length === files.length) throw new Error(faults[0]);
  for (const fault of faults) logger.error(fault);
}

/** Has an error begin with the origin. */
async function named<T>(origin: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new Error(`${origin}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

/** What the status shows of a certificate file: the properties of its first certificate, which is the server's. */
export type CertificateReport = CertificateDetails | { readonly path: string; readonly error: string };

export interface CertificateDetails extends Pick<Certificate, "subject" | "names" | "serial"> {
  readonly path: string;
  /** ISO 8601. */
  readonly notAfter: string;
}

/** Reads these files, and those of these directories, as they are on the disk now. Never rejects. */
export async function describeCertificates(paths: readonly string[]): Promise<CertificateReport[]> {
  return (await Promise.all(paths.map(describePath))).flat();
}

async function describePath(path: string): Promise<CertificateReport[]> {
  try {
    return await Promise.all((await certificateFiles(path)).map(({ path }) => describeFile(path)));
  } catch (error) {
    return [{ path, error: (error as Error).message }];
  }
}

async function describeFile(path: string): Promise<CertificateReport> {
  try {
    const [first] = await decodeCertificates(await readFileIfExists(path) ?? "");
    if (!first) throw new Error("holds no certificate");
    const { subject, names, serial, notAfter } = describe(first);
    return { path, subject, names, serial, notAfter: new Date(notAfter).toISOString() };
  } catch (error) {
    return { path, error: (error as Error).message };
  }
}

/**
 * What the configuration names of the certificates that were given. HAProxy loads every file of a directory, and one
 * file that is no certificate makes it refuse the whole configuration. In place of a directory with such a file, the
 * configuration names its other files.
 */
export class CertificateSelection {
  readonly #given: readonly string[];
  #named: readonly string[];

  private constructor(given: readonly string[]) {
    this.#given = this.#named = given;
  }

  /** Looks into the directories among these paths. */
  static async of(given: readonly string[], clock: Pick<Clock, "now">): Promise<CertificateSelection> {
    const selection = new CertificateSelection(given);
    const files: CertificateFile[] = [];
    for (const path of given) files.push(...await certificateFiles(path).catch(() => []));
    const leftOut = new Set<string>();
    for (const { path, directory } of files) {
      if (directory !== undefined && await whyUnusable(path, clock.now()) !== undefined) leftOut.add(path);
    }
    selection.leaveOut(files, leftOut);
    return selection;
  }

  /** As it was given: files and directories. */
  get given(): readonly string[] {
    return this.#given;
  }

  /** Files and directories, as the configuration names them now. */
  get named(): readonly string[] {
    return this.#named;
  }

  /**
   * Takes the files that are there now, and which of them to leave out.
   *
   * @returns whether the configuration names something else now
   */
  leaveOut(files: readonly CertificateFile[], leftOut: ReadonlySet<string>): boolean {
    const before = this.#named.join("\n");
    this.#named = this.#given.flatMap((path) => {
      const inside = files.filter(({ directory }) => directory === path).map(({ path }) => path);
      const good = inside.filter((file) => !leftOut.has(file));
      // Of a directory without any good file nothing could be named instead.
      return good.length === inside.length || good.length === 0 ? [path] : good;
    });
    return this.#named.join("\n") !== before;
  }
}

/**
 * Why HAProxy cannot load a certificate file, as a predicate; undefined where it can. One that has expired serves on: its
 * hosts would get a certificate of other names instead.
 */
export async function whyUnusable(path: string, now: number): Promise<string | undefined> {
  try {
    const pem = await readCertificate(path);
    const { fault } = await inspectCertificate(pem, now);
    return fault === undefined || await endOfUse(pem) !== undefined ? undefined : fault;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The alarm of a file that is left out of the configuration. */
export function leftOutAlarm(path: string, fault: string): AlarmReport {
  return {
    subject: path,
    message: `The certificate file ${path} is left out, the others of its directory are in use: it ${fault}`,
  };
}
