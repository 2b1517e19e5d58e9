import {
  type CertificateUpdate,
  type ChangedCertificate,
  planCertificateUpdate,
} from "../../core/certificates/planCertificateUpdate.ts";
import { certificateFingerprint, contentDigest } from "../../core/certificates/runtimePayload.ts";
import type { Clock } from "../clock/Clock.ts";
import type { MasterSocket } from "../haproxy/MasterSocket.ts";
import type { ReloadResult } from "../haproxy/reloadMaster.ts";
import type { Logger } from "../log/Logger.ts";
import type { SyncObserver } from "../sync/SyncObserver.ts";
import { type CertificateFile, certificateFiles, readCertificate } from "./certificateFiles.ts";
import { CertificateRecord, type DigestedFile } from "./CertificateRecord.ts";
import { inspectCertificate } from "./inspectCertificate.ts";
import { RuntimeCertificates } from "./RuntimeCertificates.ts";

export interface CertificateKeeperOptions {
  /** The certificate files and directories of the HTTPS frontend; those that labels name are found by themselves. */
  readonly paths: readonly string[];
  readonly socket: MasterSocket;
  readonly reload: () => Promise<ReloadResult>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer?: Pick<SyncObserver, "reloaded" | "runtimeUpdated">;
}

/** `set ssl cert` and `commit ssl cert`. */
const commandsOfUpdate = 2;

type Candidate = ChangedCertificate & DigestedFile;

/** Compares the certificate files on the disk with what HAProxy has in service, and brings it what is new and good. */
export class CertificateKeeper {
  readonly #options: CertificateKeeperOptions;
  readonly #runtime: RuntimeCertificates;
  readonly #record = new CertificateRecord();
  /** The files that were found in given directories; undefined before the first look. */
  #found: ReadonlySet<string> | undefined;

  constructor(options: CertificateKeeperOptions) {
    this.#options = options;
    this.#runtime = new RuntimeCertificates(options.socket);
  }

  /**
   * Looks once, and resolves to the files that were looked at. Rejects when HAProxy does not answer, as while it is
   * started or reloaded: then it reads the disk, but may have read it before the change.
   */
  async look(signal: AbortSignal): Promise<readonly CertificateFile[]> {
    const loaded = await this.#runtime.list(signal);
    const files = await this.#files(loaded.files);
    const found = new Set(files.filter(({ directory }) => directory !== undefined).map(({ path }) => path));
    const removed = this.#removedSince(found);
    const changed: Candidate[] = [];
    for (const file of files) {
      // HAProxy has it loaded still, and there is nothing to read.
      if (removed.includes(file.path)) continue;
      const candidate = await this.#candidate(file, loaded.files.includes(file.path), signal);
      if (candidate) changed.push(candidate);
    }
    this.#found = found;
    const plan = planCertificateUpdate({ changed, removed }, loaded);
    if (plan.kind === "runtime") await this.#update(plan.updates, changed, signal);
    if (plan.kind === "reload") await this.#reload(plan.reason, changed);
    // HAProxy has no use for them now; it reads them when it has.
    if (plan.kind === "nothing") this.#record.serves(changed);
    return files;
  }

  async #files(loaded: readonly string[]): Promise<CertificateFile[]> {
    const given = await Promise.all(
      this.#options.paths.map((path) => certificateFiles(path).catch(() => [{ path }])),
    );
    const files = new Map<string, CertificateFile>(given.flat().map((file) => [file.path, file]));
    // Names of a `crt-store` are no paths.
    for (const path of loaded) if (path.startsWith("/") && !files.has(path)) files.set(path, { path });
    return [...files.values()];
  }

  #removedSince(found: ReadonlySet<string>): string[] {
    const before = this.#found ?? found;
    // Nothing at all is a directory that is being replaced, or lost, and HAProxy would not load it.
    return found.size === 0 ? [] : [...before].filter((path) => !found.has(path));
  }

  /** The file's content, if it is good and not what HAProxy has in service. */
  async #candidate(
    file: CertificateFile,
    loaded: boolean,
    signal: AbortSignal,
  ): Promise<Candidate | undefined> {
    const pem = await this.#read(file.path);
    if (pem === undefined) return undefined;
    const candidate = { ...file, pem, digest: contentDigest(pem) };
    if (!await this.#differs(candidate, loaded, signal)) this.#record.serves([candidate]);
    else if (await this.#isGood(candidate)) return candidate;
  }

  async #read(path: string): Promise<string | undefined> {
    try {
      return await readCertificate(path);
    } catch (error) {
      const { message } = error as Error;
      this.#refuse({ path, digest: message }, message);
    }
  }

  async #differs({ path, pem, digest }: Candidate, loaded: boolean, signal: AbortSignal): Promise<boolean> {
    const known = this.#record.inService(path);
    if (known !== undefined && known !== digest) return true;
    // New in a directory, unless this is the first look: then HAProxy has no use for it.
    if (!loaded) return known === undefined && this.#found !== undefined;
    // It may have changed while HAProxy was loading it.
    const served = await this.#runtime.fingerprint(path, signal);
    return served !== undefined && served !== certificateFingerprint(pem);
  }

  async #isGood(candidate: Candidate): Promise<boolean> {
    const { clock, logger } = this.#options;
    const { path, pem } = candidate;
    const { fault, warning } = await inspectCertificate(pem, clock.now());
    if (fault) this.#refuse(candidate, `${path} ${fault}`);
    else if (this.#record.isHopeless(candidate)) {
      this.#refuse(candidate, `HAProxy did not take ${path}; it is not tried again until the file changes`);
    } else {
      if (warning) logger.warning(`The new certificate file ${path} ${warning}`);
      return true;
    }
    return false;
  }

  #refuse(file: DigestedFile, message: string): void {
    if (!this.#record.refuses(file)) return;
    const { logger, observer } = this.#options;
    const failure = `A changed certificate is not used, the old one stays in service: ${message}`;
    logger.error(failure);
    const reasons = [changeOf(file)];
    observer?.runtimeUpdated({ kind: "certificates", reasons, commands: 0, milliseconds: 0, failure });
  }

  async #update(
    updates: readonly CertificateUpdate[],
    changed: readonly Candidate[],
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, observer } = this.#options;
    for (const update of updates) {
      const done = changed.filter(({ path }) => path === update.path);
      const began = clock.monotonic();
      const tell = (failure?: string) =>
        observer?.runtimeUpdated({
          kind: "certificates",
          reasons: [changeOf(update)],
          commands: commandsOfUpdate,
          milliseconds: clock.monotonic() - began,
          failure,
        });
      try {
        await this.#runtime.apply(update, signal);
      } catch (error) {
        signal.throwIfAborted();
        const { message } = error as Error;
        tell(message);
        return await this.#reload(message, changed);
      }
      tell();
      this.#record.attempts(done);
      this.#record.serves(done);
      this.#options.logger.info(`The new certificate of ${update.path} is in service, without a reload`);
    }
  }

  async #reload(reason: string, changed: readonly Candidate[]): Promise<void> {
    const { logger, reload, clock, observer } = this.#options;
    logger.info(`HAProxy is reloaded for its certificates: ${reason}`);
    this.#record.attempts(changed);
    const began = clock.monotonic();
    const result = await reload();
    const milliseconds = clock.monotonic() - began;
    const failure = result.ok ? undefined : result.reason;
    observer?.reloaded({ reasons: [`certificates: ${reason}`], milliseconds, failure });
    if (!result.ok) {
      return logger.error(`The changed certificates are not used, the old ones stay: ${result.reason}`);
    }
    this.#record.serves(changed);
    for (const { path } of changed) logger.info(`The new certificate of ${path} is in service`);
  }
}

function changeOf({ path }: { readonly path: string }): string {
  return `${path} changed`;
}
