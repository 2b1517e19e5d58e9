import type { CertificateFile } from "./certificateFiles.ts";
import { CertificateKeeper, type CertificateKeeperOptions } from "./CertificateKeeper.ts";
import { DirectoryChanges } from "./DirectoryChanges.ts";

/** Mounts of containers may change without a word: milliseconds between two looks. */
const pollInterval = 60_000;
/** Whoever writes the certificate, its chain and its key one after the other is to be done by then. */
const debounce = 1_000;
/** HAProxy does not answer while it is started or reloaded. */
const retryInterval = 5_000;

/**
 * Brings certificate files that change on the disk into service while HAProxy runs: by its runtime commands, else by a
 * reload. A file that is not good is logged, and HAProxy goes on with the one it has.
 */
export class CertificateWatcher {
  readonly #options: CertificateKeeperOptions;
  readonly #keeper: CertificateKeeper;

  constructor(options: CertificateKeeperOptions) {
    this.#options = options;
    this.#keeper = new CertificateKeeper(options);
  }

  /** Watches until the signal is aborted, and resolves then. Never rejects. */
  async follow(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    let files: readonly CertificateFile[] = [];
    while (!signal.aborted) {
      try {
        files = await this.#followFiles(files, signal);
      } catch (error) {
        if (signal.aborted) return;
        logger.debug(`The certificates could not be compared with HAProxy's: ${(error as Error).message}`);
        await clock.sleep(retryInterval, signal).catch(() => {/* stopped: the loop's condition ends it */});
      }
    }
  }

  /** Looks once and waits until the next look is due. Resolves to the files that are to be watched until then. */
  async #followFiles(
    before: readonly CertificateFile[],
    signal: AbortSignal,
  ): Promise<readonly CertificateFile[]> {
    const { paths, clock } = this.#options;
    const watched = [...new Set([...paths, ...before.map(({ path }) => path)])];
    const directories = before.flatMap(({ directory }) => directory ?? []);
    // Before the look, so that nothing is missed in between.
    using changes = await DirectoryChanges.watch(watched, directories);
    const files = await this.#keeper.look(signal);
    // Those that have come to light are not watched yet.
    const pause = files.every(({ path }) => watched.includes(path)) ? pollInterval : 0;
    if (await changes.within(pause, clock, signal) === "changed") await clock.sleep(debounce, signal);
    return files;
  }
}
