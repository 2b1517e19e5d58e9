import {
  certificateFingerprint,
  type CertificateUpdate,
  type ChangedCertificate,
  contentDigest,
  type LoadedCertificates,
  planCertificateUpdate,
  withoutSlash,
} from "../../core/certificates/update.ts";
import type { SyncObserver } from "../../core/status/observer.ts";
import type { AlarmKind, AlarmReport } from "../../core/status/state.ts";
import type { MasterSocket } from "../haproxy/socket.ts";
import type { Logger } from "../log/logger.ts";
import type { Clock } from "../system/clock.ts";
import { endOfUse, inspectCertificate, namesIn } from "./chain.ts";
import {
  type CertificateFile,
  certificateFiles,
  type CertificateSelection,
  isGone,
  leftOutAlarm,
  readCertificate,
} from "./files.ts";
import { OtherWorker, RuntimeCertificates, type WorkerCertificates } from "./runtime.ts";

export interface CertificateKeeperOptions {
  /** The certificate files and directories of the HTTPS frontend; those that labels name are found in the configuration. */
  readonly paths: readonly string[];
  readonly socket: MasterSocket;
  /** Has HAProxy load its files again, and reports how that went to the observer of reloads. */
  readonly reload: (
    reasons: readonly string[],
    signal: AbortSignal,
  ) => Promise<{ ok: true } | { ok: false; reason: string }>;
  /** Runs work while HAProxy is not reloaded; at any time by default. */
  readonly between?: <T>(work: () => Promise<T>) => Promise<T>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer?: Pick<SyncObserver, "runtimeUpdated">;
  /** What the configuration names of the paths, kept up to date. Without it, it names them as they are. */
  readonly selection?: CertificateSelection;
  /** Called when the configuration has to name something else. */
  readonly selected?: () => void;
  /**
   * Whether the configuration cannot be applied at present. A file that HAProxy would refuse is then left out at once.
   */
  readonly failing?: () => boolean;
  /** Takes all alarms of a kind, as they are now. */
  readonly alarm?: (kind: AlarmKind, reports: readonly AlarmReport[]) => void;
}

/** What is found out of a file. */
interface Looked {
  readonly digest: string;
  readonly fault?: string;
  readonly end?: number;
  readonly names?: readonly string[];
}

type Candidate = ChangedCertificate & DigestedFile;

/** Compares the certificate files on the disk with those that HAProxy serves, and loads new good ones into HAProxy. */
export class CertificateKeeper {
  readonly #options: CertificateKeeperOptions;
  readonly #runtime: RuntimeCertificates;
  readonly #record = new CertificateRecord();
  /** What was found out of each file, by its content. */
  readonly #looked = new Map<string, Looked>();
  /** The files that were found in given directories; undefined before the first look. */
  #found: ReadonlySet<string> | undefined;
  /** Why files of directories are left out of the configuration. */
  readonly #leftOut = new Map<string, string>();
  #isWaiting = false;
  /** What was logged of them. */
  readonly #told = new Map<string, string>();

  constructor(options: CertificateKeeperOptions) {
    this.#options = options;
    this.#runtime = new RuntimeCertificates(options.socket);
  }

  /** Whether another configuration is on its way, after which a look tells whether all is well. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /**
   * Looks once, and resolves to the files that were looked at. Rejects when HAProxy does not answer, as during a start
   * or a reload. HAProxy then reads the disk, but perhaps before the change, so that another look is needed.
   */
  async look(signal: AbortSignal): Promise<readonly CertificateFile[]> {
    const loaded = await this.#runtime.list(signal, this.#options.paths);
    const files = await this.#files(loaded.files);
    const found = new Set(files.filter(({ directory }) => directory !== undefined).map(({ path }) => path));
    const removed = this.#removed(found, loaded);
    const changed: Candidate[] = [];
    for (const file of files) {
      // HAProxy has it loaded still, and there is nothing to read.
      if (removed.includes(file.path)) continue;
      const candidate = await this.#candidate(file, loaded, signal);
      if (candidate) changed.push(candidate);
    }
    this.#found = found;
    const isOther = await this.#select(files, new Set(loaded.files));
    this.#isWaiting = isOther;
    // Another configuration follows and brings new and removed files. A reload of this one would fail, or not be
    // enough.
    const waiting = isOther ? changed.filter(({ path }) => loaded.files.includes(path)) : changed;
    const names = new Map([...this.#looked].map(([path, { names = [] }]) => [path, names]));
    const leaving = isOther ? [] : removed.map(gone);
    const changes = { changed: waiting, removed: leaving.map(({ path }) => path), names };
    const plan = planCertificateUpdate(changes, loaded);
    if (plan.kind === "runtime") await this.#update(plan.updates, [...changed, ...leaving], loaded, signal);
    if (plan.kind === "reload") await this.#reload(plan.reason, [...changed, ...leaving], signal);
    // HAProxy has no use for them now; it reads them when it has.
    if (plan.kind === "nothing") this.#record.serves(waiting);
    this.#raise(files, new Set(loaded.files));
    return files;
  }

  /** Has the configuration name what HAProxy can load. @returns whether it has to change for that */
  async #select(files: readonly CertificateFile[], loaded: ReadonlySet<string>): Promise<boolean> {
    const { selection, selected, failing, clock, logger } = this.#options;
    this.#leftOut.clear();
    for (const { path, directory } of files) {
      const { fault, end } = await this.#lookAt(path, clock.now());
      if (directory === undefined || fault === undefined || end !== undefined) continue;
      // The next look finds it removed.
      if (await isGone(path)) continue;
      // HAProxy has the one before, and keeps it until it is loaded again.
      if (!loaded.has(path) || failing?.()) this.#leftOut.set(path, fault);
    }
    for (const [path, fault] of this.#leftOut) {
      const { message } = leftOutAlarm(path, fault);
      if (this.#told.get(path) !== message) logger.error(message);
      this.#told.set(path, message);
    }
    for (const path of this.#told.keys()) if (!this.#leftOut.has(path)) this.#told.delete(path);
    const isOther = selection?.leaveOut(files, new Set(this.#leftOut.keys())) ?? false;
    if (isOther) selected?.();
    return isOther;
  }

  /** Remembers by content what is expensive to find out. */
  async #lookAt(path: string, now: number): Promise<Looked> {
    const pem = await readCertificate(path).catch((error: Error) => error.message);
    const digest = contentDigest(pem);
    const known = this.#looked.get(path);
    if (known?.digest === digest) return known;
    const { fault } = await inspectCertificate(pem, now);
    // HAProxy has the one before while this one cannot be read.
    const names = await namesIn(pem) ?? known?.names;
    const looked = { digest, fault, end: await endOfUse(pem), names };
    this.#looked.set(path, looked);
    return looked;
  }

  #raise(files: readonly CertificateFile[], loaded: ReadonlySet<string>): void {
    const { alarm, clock } = this.#options;
    if (!alarm) return;
    const { refused } = this.#record;
    const now = clock.now();
    alarm("certificate_left_out", [...this.#leftOut].map(([path, fault]) => leftOutAlarm(path, fault)));
    alarm(
      "certificate_refused",
      files.flatMap(({ path }) => {
        const message = refused.get(path);
        return message === undefined || this.#leftOut.has(path) ? [] : { subject: path, message };
      }),
    );
    alarm(
      "certificate_expired",
      files.flatMap(({ path }) => {
        const end = this.#looked.get(path)?.end;
        // One that was refused is on the disk, but not in service.
        if (end === undefined || end >= now || !loaded.has(path) || refused.has(path)) return [];
        const when = new Date(end).toISOString().replace(/\.\d+/, "");
        const message = `The certificate of ${path} has expired at ${when} and is still in service; renew it`;
        return { subject: path, message };
      }),
    );
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

  /** The files that are gone: HAProxy has loaded them from a directory, or an earlier look found them there. */
  #removed(found: ReadonlySet<string>, { directories }: LoadedCertificates): string[] {
    // An empty directory is being replaced, or is lost: HAProxy would not load it.
    if (found.size === 0) return [];
    const before = new Set([...this.#found ?? [], ...[...directories.values()].flat()]);
    const removed = [...before].filter((path) => !found.has(path));
    return removed.filter((path) => !this.#record.isHopeless(gone(path)));
  }

  /** The file's content, if it is good and not what HAProxy has in service. */
  async #candidate(
    file: CertificateFile,
    loaded: LoadedCertificates,
    signal: AbortSignal,
  ): Promise<Candidate | undefined> {
    const pem = await this.#read(file.path);
    if (pem === undefined) return undefined;
    // It left the directory since it was listed: the next look finds it removed.
    if (pem === "" && file.directory !== undefined && await isGone(file.path)) return undefined;
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

  async #differs(candidate: Candidate, loaded: LoadedCertificates, signal: AbortSignal): Promise<boolean> {
    const { path, pem, digest } = candidate;
    const known = this.#record.inService(path);
    const entries = entriesAround(candidate, loaded);
    if (entries && !entries.includes(path)) return true;
    if (known !== undefined && known !== digest) return true;
    // New in a directory, unless this is the first look: then HAProxy has no use for it.
    if (!loaded.files.includes(path)) return known === undefined && this.#found !== undefined;
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
      this.#refuse(candidate, `HAProxy refused ${path}; change the file to retry`);
    } else {
      if (warning) logger.warning(`The new certificate file ${path} ${warning}`);
      return true;
    }
    return false;
  }

  #refuse(file: DigestedFile, message: string): void {
    const { logger, observer } = this.#options;
    const failure = `Changed certificate refused, the old one stays in service: ${message}`;
    if (!this.#record.refuses(file, failure)) return;
    logger.error(failure);
    const reasons = [changeOf(file)];
    observer?.runtimeUpdated({ kind: "certificates", reasons, commands: 0, milliseconds: 0, failure });
  }

  async #update(
    updates: readonly CertificateUpdate[],
    files: readonly DigestedFile[],
    { worker }: WorkerCertificates,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, observer, between = (work) => work() } = this.#options;
    for (const update of updates) {
      const done = files.filter(({ path }) => path === update.path);
      let began = clock.monotonic();
      const tell = (failure?: string) =>
        observer?.runtimeUpdated({
          kind: "certificates",
          reasons: [changeOf(update)],
          commands: update.commands.length,
          milliseconds: clock.monotonic() - began,
          failure,
        });
      try {
        await between(() => {
          began = clock.monotonic();
          return this.#runtime.apply(update, signal, worker);
        });
      } catch (error) {
        signal.throwIfAborted();
        // The new worker has read the files; the next look tells what is left to do.
        if (error instanceof OtherWorker) throw error;
        const { message } = error as Error;
        tell(message);
        return await this.#reload(message, files, signal);
      }
      tell();
      this.#record.attempts(done);
      this.#record.serves(done);
      const what = update.kind === "remove" ? "The certificate" : "The new certificate";
      const where = update.kind === "remove" ? "out of service" : "in service";
      this.#options.logger.info(`${what} of ${update.path} is ${where}, without a reload`);
    }
  }

  async #reload(reason: string, files: readonly DigestedFile[], signal: AbortSignal): Promise<void> {
    const { logger, reload } = this.#options;
    logger.info(`Reloading HAProxy for its certificates: ${reason}`);
    this.#record.attempts(files);
    const present = files.filter(({ digest }) => digest !== noContent);
    const result = await reload([`certificates: ${reason}`], signal);
    if (!result.ok) {
      const message = `Changed certificates refused, the old ones stay in service: ${result.reason}`;
      for (const file of present) this.#record.refuses(file, message);
      return logger.error(message);
    }
    this.#record.serves(files);
    for (const { path } of present) logger.info(`The new certificate of ${path} is in service`);
  }
}

/** In place of a digest: the file is not there. */
const noContent = "";

function gone(path: string): DigestedFile {
  return { path, digest: noContent };
}

/** The files that HAProxy has loaded of the directory that a file is in; undefined where it has loaded no such directory. */
function entriesAround(
  { directory }: Pick<CertificateFile, "directory">,
  { directories }: LoadedCertificates,
): readonly string[] | undefined {
  return directory === undefined ? undefined : directories.get(withoutSlash(directory));
}

const changeWords = { replace: "changed", add: "was added", remove: "was removed" } as const;

function changeOf({ path, kind = "replace" }: { path: string; kind?: CertificateUpdate["kind"] }): string {
  return `${path} ${changeWords[kind]}`;
}

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
  readonly #refused = new Map<string, { digest: string; message: string }>();
  readonly #attempts = new Map<string, { digest: string; times: number }>();

  /** The digest of what is in service for a file, as far as is known. */
  inService(path: string): string | undefined {
    return this.#inService.get(path);
  }

  /** These are in service, or out of it where there is no content. */
  serves(files: readonly DigestedFile[]): void {
    for (const { path, digest } of files) {
      if (digest === noContent) this.#inService.delete(path);
      else this.#inService.set(path, digest);
      this.#refused.delete(path);
    }
  }

  /** Whether this content was not refused before: there is one complaint for each. */
  refuses({ path, digest }: DigestedFile, message: string): boolean {
    const known = this.#refused.get(path)?.digest === digest;
    this.#refused.set(path, { digest, message });
    return !known;
  }

  /** What is refused now, and why, by path. */
  get refused(): ReadonlyMap<string, string> {
    return new Map([...this.#refused].map(([path, { message }]) => [path, message]));
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
