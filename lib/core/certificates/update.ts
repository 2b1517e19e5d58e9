import { createHash } from "node:crypto";
import {
  isWord,
  type SocketCommand,
  socketCommand,
  TooLongForSocket,
  UnfitForSocket,
  withPayload,
} from "../haproxy/socketCommand.ts";
import { certificateBlocks, pemBlocks } from "./chain.ts";

/** A good certificate on disk that HAProxy does not serve yet. */
export interface ChangedCertificate {
  readonly path: string;
  /** With its private key. */
  readonly pem: string;
  /** The directory, if one is configured instead of the file. */
  readonly directory?: string;
  /** Files beside it that HAProxy loads with it, the key excepted. */
  readonly companions?: readonly string[];
}

export interface CertificateChanges {
  /** In the order in which HAProxy loads them. */
  readonly changed: readonly ChangedCertificate[];
  /** Files that HAProxy has loaded from a configured directory, and that are gone. */
  readonly removed: readonly string[];
  /** The host names that each file is for, as far as they are known. */
  readonly names?: ReadonlyMap<string, readonly string[]>;
}

export type CertificatePlan =
  | { readonly kind: "nothing" }
  | { readonly kind: "runtime"; readonly updates: readonly CertificateUpdate[] }
  | { readonly kind: "reload"; readonly reason: string };

/** The runtime commands that bring one file into service, or out of it. */
export interface CertificateUpdate {
  readonly kind: "replace" | "add" | "remove";
  readonly path: string;
  readonly commands: readonly CertificateCommand[];
  /** What undoes those that were followed before one that was not. */
  readonly undo: readonly SocketCommand[];
}

export interface CertificateCommand {
  /** May hold the private key: never to be logged. */
  readonly text: SocketCommand;
  /** What the answer of a HAProxy that follows it contains. */
  readonly expect: RegExp;
  /** What a HAProxy that does not follow it did: "HAProxy refused FILE". */
  readonly failure: string;
}

/**
 * How to bring changed certificates into service: by runtime commands if HAProxy supports that for them, else by a
 * reload. Both lead to the same answers. Commands always add behind the others, so a file whose order counts takes a
 * reload.
 */
export function planCertificateUpdate(
  changes: CertificateChanges,
  loaded: LoadedCertificates,
): CertificatePlan {
  const { files, transaction } = loaded;
  const known = new Set(files);
  const removed = changes.removed.filter((path) => known.has(path));
  const used = changes.changed.filter(({ path, directory }) =>
    known.has(path) || directory !== undefined && files.some((file) => isIn(directory, file))
  );
  if (used.length + removed.length === 0) return { kind: "nothing" };
  if (transaction !== undefined) {
    return reload(`another client's "set ssl cert" for ${transaction} is not committed yet`);
  }
  const updates: CertificateUpdate[] = [];
  // What comes stands first: a file that only has another name now is never missing.
  for (const certificate of used) {
    const update = isPresent(certificate, loaded)
      ? planReplacement(certificate)
      : planAddition(certificate, changes, loaded);
    if (typeof update === "string") return reload(update);
    updates.push(update);
  }
  for (const path of removed) {
    const update = planRemoval(path, loaded);
    if (typeof update === "string") return reload(update);
    updates.push(update);
  }
  return { kind: "runtime", updates };
}

/** Whether HAProxy serves the file where it is to: what was added to a store alone is not served. */
function isPresent(
  { path, directory }: ChangedCertificate,
  { files, directories }: LoadedCertificates,
): boolean {
  const entries = directory === undefined ? undefined : directories.get(withoutSlash(directory));
  return (entries ?? files).includes(path);
}

function planReplacement(certificate: ChangedCertificate): CertificateUpdate | string {
  const { path } = certificate;
  if (!isWord(path)) return unnameable(path);
  const commands = planContent(certificate);
  if (typeof commands === "string") return commands;
  return { kind: "replace", path, commands, undo: [socketCommand`abort ssl cert ${path}`] };
}

/** The commands that give HAProxy the content of a file, or why there are none. */
function planContent({ path, pem }: ChangedCertificate): CertificateCommand[] | string {
  try {
    return [{
      text: withPayload(socketCommand`set ssl cert ${path}`, runtimePayload(pem)),
      expect: /^Transaction (?:created|updated) for certificate /m,
      failure: `HAProxy refused ${path}`,
    }, {
      text: socketCommand`commit ssl cert ${path}`,
      // Dots for the instances it is used in come before the verdict, and warnings may.
      expect: /^Success!$/m,
      failure: `HAProxy did not commit ${path}`,
    }];
  } catch (error) {
    if (!(error instanceof UnfitForSocket)) throw error;
    return error instanceof TooLongForSocket
      ? `${path} is too large for HAProxy's runtime commands`
      : error.message;
  }
}

/** One of the files that HAProxy takes for one certificate with several keys (configuration manual 5.1, "crt"). */
const ofBundle = /\.(?:rsa|ecdsa|dsa)$/;

/** A new file of a directory (management guide 9.3, "add ssl crt-list"). */
function planAddition(
  certificate: ChangedCertificate,
  { names, removed }: CertificateChanges,
  { files, directories }: LoadedCertificates,
): CertificateUpdate | string {
  const { path, companions = [] } = certificate;
  const directory = withoutSlash(certificate.directory ?? "");
  const entries = directories.get(directory);
  const because = (reason: string) => `${path} was added${reason}`;
  if (!entries) return because("");
  if (entries.every((entry) => path < entry)) {
    return because(" and is the first of its directory, the default");
  }
  if (ofBundle.test(path)) return because(" as a part of a bundle");
  if (companions.length > 0) return because(` with ${companions.join(" and ")}`);
  const own = new Set(names?.get(path));
  for (const file of files) {
    const isEarlier = entries.includes(file) && file < path;
    if (file === path || isEarlier || removed.includes(file)) continue;
    const common = names?.get(file)?.find((name) => own.has(name));
    if (common !== undefined) return because(`, and ${file} has a certificate for ${common} too`);
  }
  if (!isWord(path) || !isWord(directory)) return unnameable(path);
  const content = planContent(certificate);
  if (typeof content === "string") return content;
  const create: CertificateCommand = {
    text: socketCommand`new ssl cert ${path}`,
    expect: /^New empty certificate store /m,
    failure: `HAProxy has no place for ${path}`,
  };
  const insert: CertificateCommand = {
    text: socketCommand`add ssl crt-list ${directory} ${path}`,
    expect: /^Success!$/m,
    failure: `HAProxy did not add ${path}`,
  };
  return {
    kind: "add",
    path,
    commands: [...files.includes(path) ? [] : [create], ...content, insert],
    undo: [socketCommand`abort ssl cert ${path}`, socketCommand`del ssl cert ${path}`],
  };
}

/** A file that left its directory (management guide 9.3, "del ssl crt-list"). */
function planRemoval(path: string, { directories }: LoadedCertificates): CertificateUpdate | string {
  const [directory, entries] = [...directories].find(([, entries]) => entries.includes(path)) ?? [];
  if (directory === undefined || !entries) return `${path} was removed`;
  if (entries[0] === path) return `${path} was removed, the default of its directory`;
  if (ofBundle.test(path)) return `${path} was removed, a part of a bundle`;
  if (!isWord(path) || !isWord(directory)) return unnameable(path);
  return {
    kind: "remove",
    path,
    commands: [{
      text: socketCommand`del ssl crt-list ${directory} ${path}`,
      expect: /^Entry .* deleted in crtlist /m,
      failure: `HAProxy did not remove ${path} from its directory`,
    }, {
      text: socketCommand`del ssl cert ${path}`,
      expect: /^Certificate .* deleted!$/m,
      failure: `HAProxy did not remove ${path}`,
    }],
    undo: [],
  };
}

function unnameable(path: string): string {
  return `${path} cannot be named in a runtime command`;
}

function reload(reason: string): CertificatePlan {
  return { kind: "reload", reason };
}

function isIn(directory: string, file: string): boolean {
  const prefix = `${withoutSlash(directory)}/`;
  return file.startsWith(prefix) && !file.slice(prefix.length).includes("/");
}

/** A directory as HAProxy names it: without the slashes at its end. */
export function withoutSlash(directory: string): string {
  return directory.replace(/\/*$/, "");
}

/** What `show ssl cert` lists, with the directories of `show ssl crt-list`. */
export interface LoadedCertificates {
  /** The files that HAProxy has loaded, as the configuration names them; those of a directory one by one. */
  readonly files: readonly string[];
  /** The file of an open transaction: another client's `set ssl cert` without `commit`. */
  readonly transaction?: string;
  /** The files of each given directory that HAProxy has loaded as one, in its order. */
  readonly directories: ReadonlyMap<string, readonly string[]>;
}

/** Reads the answer to `show ssl cert` (management guide 9.3). */
export function parseShowSslCert(answer: string): Omit<LoadedCertificates, "directories"> | undefined {
  const lines = answer.split("\n").filter((line) => line !== "");
  if (!lines.some((line) => line === "# filename")) return undefined;
  const transaction = lines.find((line) => line.startsWith("*"))?.slice(1);
  const files = lines.filter((line) => !/^[#*]/.test(line));
  return transaction === undefined ? { files } : { files, transaction };
}

/** Reads the answer to `show ssl crt-list` (management guide 9.3): files that list certificates, and directories. */
export function parseShowCrtLists(answer: string): string[] {
  return answer.split("\n").filter((line) => line !== "");
}

/** Reads the answer to `show ssl crt-list DIRECTORY`: its files; undefined when HAProxy has no such list. */
export function parseShowCrtList(answer: string): string[] | undefined {
  const [title = "", ...entries] = answer.split("\n").filter((line) => line !== "");
  return title.startsWith("# ") ? entries : undefined;
}

/** The fingerprint (SHA-1, upper-case hexadecimal) in the answer to `show ssl cert FILE`. */
export function parseFingerprint(answer: string): string | undefined {
  return /^SHA1 FingerPrint: ([0-9A-F]{40})$/m.exec(answer)?.[1];
}

/** The PEM text as the payload of a runtime command, which an empty line would end (management guide 9.3). */
export function runtimePayload(pem: string): string {
  return pemBlocks(pem).map(({ text }) => `${text}\n`).join("");
}

/** SHA-1 of the first certificate, as `show ssl cert FILE` has it: upper-case hexadecimal. */
export function certificateFingerprint(pem: string): string | undefined {
  const [first] = certificateBlocks(pem);
  return first && createHash("sha1").update(first.body, "base64").digest("hex").toUpperCase();
}

/** Shows whether a PEM text has changed, without keeping the private key in memory. */
export function contentDigest(pem: string): string {
  return createHash("sha256").update(pem).digest("hex");
}
