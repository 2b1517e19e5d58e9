/** A certificate file with the digest of its content. */
export interface DigestedFile {
  readonly path: string;
  readonly digest: string;
}

/** After so many attempts to bring a file into service it is left alone until it changes. */
const mostAttempts = 5;

/** What is remembered of each certificate file, by the digest of its content. */
export class CertificateRecord {
  readonly #inService = new Map<string, string>();
  readonly #refused = new Map<string, string>();
  readonly #attempts = new Map<string, { digest: string; times: number }>();

  /** The digest of what is in service for a file, as far as is known. */
  inService(path: string): string | undefined {
    return this.#inService.get(path);
  }

  /** These are in service. */
  serves(files: readonly DigestedFile[]): void {
    for (const { path, digest } of files) {
      this.#inService.set(path, digest);
      this.#refused.delete(path);
    }
  }

  /** Whether this content was not refused before: there is one complaint for each. */
  refuses({ path, digest }: DigestedFile): boolean {
    const known = this.#refused.get(path) === digest;
    this.#refused.set(path, digest);
    return !known;
  }

  /** An attempt is made to bring these into service. */
  attempts(files: readonly DigestedFile[]): void {
    for (const { path, digest } of files) {
      this.#attempts.set(path, { digest, times: this.#times({ path, digest }) + 1 });
    }
  }

  /** Whether there were so many attempts that one more would not help. */
  isHopeless(file: DigestedFile): boolean {
    return this.#times(file) >= mostAttempts;
  }

  #times({ path, digest }: DigestedFile): number {
    const attempts = this.#attempts.get(path);
    return attempts?.digest === digest ? attempts.times : 0;
  }
}
