/** What `show ssl cert` lists. */
export interface LoadedCertificates {
  /** The files that HAProxy has loaded, as the configuration names them; those of a directory one by one. */
  readonly files: readonly string[];
  /** The file that a transaction is under way for: somebody's `set ssl cert` without `commit`. */
  readonly transaction?: string;
}

/** Reads the answer to `show ssl cert` (management guide 9.3). */
export function parseShowSslCert(answer: string): LoadedCertificates | undefined {
  const lines = answer.split("\n").filter((line) => line !== "");
  if (!lines.some((line) => line === "# filename")) return undefined;
  const transaction = lines.find((line) => line.startsWith("*"))?.slice(1);
  const files = lines.filter((line) => !/^[#*]/.test(line));
  return transaction === undefined ? { files } : { files, transaction };
}

/** The fingerprint (SHA-1, upper-case hexadecimal) in the answer to `show ssl cert FILE`. */
export function parseFingerprint(answer: string): string | undefined {
  return /^SHA1 FingerPrint: ([0-9A-F]{40})$/m.exec(answer)?.[1];
}
