import type { Alarm } from "../system/clock.ts";
import { DirectoryChanges } from "../system/directoryChanges.ts";
import type { CertificateFile } from "./files.ts";
import { CertificateKeeper, type CertificateKeeperOptions } from "./keeper.ts";

/** Mounts of containers may change without a word: milliseconds between two looks. */
const pollInterval = 60_000;
/** A tool that writes certificate, chain and key one after the other is done by then. */
const debounce = 1_000;
/** HAProxy does not answer while it is started or reloaded, and takes a moment to be so. */
const retryInterval = 5_000;

export interface CertificateWatcherOptions extends CertificateKeeperOptions {
  /**
   * Rings when a look is due early. Where directories cannot be watched, a change would otherwise be found up to a
   * minute later.
   */
  readonly suspicion?: Alarm;
}

/**
 * Brings certificate files that change on the disk into service while HAProxy runs. It uses HAProxy's runtime commands,
 * or a reload where they are not enough. An invalid file is logged, and HAProxy keeps the previous one.
 */
export class CertificateWatcher {
  readonly #options: CertificateWatcherOptions;
  readonly #keeper: CertificateKeeper;

  constructor(options: CertificateWatcherOptions) {
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
        logger.debug(`Cannot compare the certificates with HAProxy's, retrying: ${(error as Error).message}`);
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
    const woken = this.#options.suspicion?.signal;
    const files = await this.#keeper.look(signal);
    // Those that have come to light are not watched yet.
    const known = files.every(({ path }) => watched.includes(path));
    const pause = this.#keeper.isWaiting ? retryInterval : known ? pollInterval : 0;
    if (await changes.within(pause, clock, signal, woken) === "changed") await clock.sleep(debounce, signal);
    return files;
  }
}
