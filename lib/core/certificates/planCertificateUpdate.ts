import type { LoadedCertificates } from "./parseShowSslCert.ts";
import { runtimePayload } from "./runtimePayload.ts";

/** A good certificate on the disk that is not the one HAProxy has in service. */
export interface ChangedCertificate {
  readonly path: string;
  /** With its private key. */
  readonly pem: string;
  /** The directory that is given instead of the file. */
  readonly directory?: string;
}

export interface CertificateChanges {
  readonly changed: readonly ChangedCertificate[];
  /** Files that were in a given directory and are not any more. */
  readonly removed: readonly string[];
}

export type CertificatePlan =
  | { readonly kind: "nothing" }
  | { readonly kind: "runtime"; readonly updates: readonly CertificateUpdate[] }
  | { readonly kind: "reload"; readonly reason: string };

/** The runtime commands that bring one file into service. */
export interface CertificateUpdate {
  readonly path: string;
  /** Holds the private key: never to be logged. */
  readonly set: string;
  readonly commit: string;
  /** Undoes `set` where that or `commit` failed. */
  readonly abort: string;
}

/**
 * A command and its payload have to fit in HAProxy's buffer (`tune.bufsize`, 16,384 bytes by default). A larger one is
 * not refused but dropped without an answer by HAProxy 2.6 and 2.8, and ends the worker of 3.2.0.
 */
const longestCommand = 15_000;

/** How to bring changed certificates into service: by runtime commands where HAProxy can do it so, else by a reload. */
export function planCertificateUpdate(
  { changed, removed }: CertificateChanges,
  { files, transaction }: LoadedCertificates,
): CertificatePlan {
  const loaded = new Set(files);
  const gone = removed.find((path) => loaded.has(path));
  if (gone !== undefined) return reload(`${gone} was removed`);
  const used = changed.filter(({ path, directory }) =>
    loaded.has(path) || directory !== undefined && files.some((file) => isIn(directory, file))
  );
  if (used.length === 0) return { kind: "nothing" };
  const added = used.find(({ path }) => !loaded.has(path));
  if (added) return reload(`${added.path} was added`);
  if (transaction !== undefined) {
    return reload(`somebody's "set ssl cert" for ${transaction} is not committed yet`);
  }
  const updates = used.map(planUpdate);
  const tooLong = updates.find(({ set }) => set.length > longestCommand);
  if (tooLong) return reload(`${tooLong.path} is too large for HAProxy's runtime commands`);
  const unfit = updates.find(({ path }) => /[\s\\;]/.test(path));
  if (unfit) return reload(`${unfit.path} cannot be named in a runtime command`);
  return { kind: "runtime", updates };
}

function planUpdate({ path, pem }: ChangedCertificate): CertificateUpdate {
  return {
    path,
    set: `set ssl cert ${path} <<\n${runtimePayload(pem)}`,
    commit: `commit ssl cert ${path}`,
    abort: `abort ssl cert ${path}`,
  };
}

function reload(reason: string): CertificatePlan {
  return { kind: "reload", reason };
}

function isIn(directory: string, file: string): boolean {
  const prefix = directory.replace(/\/*$/, "/");
  return file.startsWith(prefix) && !file.slice(prefix.length).includes("/");
}
