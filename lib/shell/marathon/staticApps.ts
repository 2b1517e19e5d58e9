import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import {
  type Cluster,
  type ClusterReading,
  compareClusters,
  emptyCluster,
  type Origin,
} from "../../core/marathon/cluster.ts";
import {
  joinApps,
  type JoinedApps,
  joinStaticFiles,
  servedIds,
  type StaticApps,
} from "../../core/marathon/staticApps.ts";
import { type Incumbents, isOwner } from "../../core/model/incumbents.ts";
import type { AlarmReport } from "../../core/status/state.ts";
import type { Logger } from "../log/logger.ts";
import type { Clock } from "../system/clock.ts";
import { DirectoryChanges } from "../system/directoryChanges.ts";
import { readFileIfExists, readNamedFile, writeFileAtomically } from "../system/files.ts";
import { readStaticApps } from "./appsFile.ts";
import type { AppSource } from "./appSource.ts";

/** Mounts of containers may change without a word: milliseconds between two looks. */
const pollInterval = 10_000;
/** A program that writes a file in pieces is done by then. */
const debounce = 250;

export interface StaticAppFilesOptions {
  /** Of `--static-apps`. */
  readonly paths: readonly string[];
  /** The directory with a copy of the last good files: a restart needs it while a file is unusable. */
  readonly keepIn: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called with the file that has changed. */
  readonly changed: (path: string) => void;
  /** Takes the alarms of all files, as they are now. */
  readonly alarm?: (reports: readonly AlarmReport[]) => void;
}

/** One file, as it was at the last look. */
interface Known {
  /** Its last good text. */
  readonly text?: string;
  readonly cluster: Cluster;
  /** Why the file has no apps now. */
  readonly fault?: string;
}

/** The files of `--static-apps`, watched. One that is removed or holds no apps keeps its last good ones, with an alarm. */
export class StaticAppFiles {
  readonly #options: StaticAppFilesOptions;
  #known: ReadonlyMap<string, Known> = new Map();
  #apps: StaticApps = joinStaticFiles([]);
  #looking: Promise<readonly string[]> | undefined;

  constructor(options: StaticAppFilesOptions) {
    this.#options = options;
  }

  /** As they were at the last look; the same object until something changes. */
  get apps(): StaticApps {
    return this.#apps;
  }

  /** Reads all files. Resolves to those with other apps than before; never rejects. */
  look(): Promise<readonly string[]> {
    return this.#looking ??= this.#look().finally(() => this.#looking = undefined);
  }

  /** Watches until the signal is aborted, and resolves then. */
  async follow(signal: AbortSignal): Promise<void> {
    const { paths, clock, changed, logger } = this.#options;
    while (!signal.aborted) {
      try {
        // Before the look, so that nothing is missed in between.
        using changes = await DirectoryChanges.watch(paths, []);
        for (const path of await this.look()) changed(path);
        if (await changes.within(pollInterval, clock, signal) === "changed") {
          await clock.sleep(debounce, signal);
        }
      } catch (error) {
        if (!signal.aborted) logger.debug(`--static-apps: ${(error as Error).message}; looking again`);
      }
    }
  }

  async #look(): Promise<readonly string[]> {
    const known = new Map<string, Known>();
    const changed: string[] = [];
    for (const path of this.#options.paths) {
      const before = this.#known.get(path);
      const now = await this.#read(path, before);
      known.set(path, now);
      if (now.cluster !== (before?.cluster ?? emptyCluster)) changed.push(path);
    }
    this.#known = known;
    if (changed.length > 0) {
      this.#apps = joinStaticFiles([...known].map(([path, { cluster }]) => ({ path, cluster })));
    }
    const faults = [...known].flatMap(([subject, { fault: message }]) =>
      message ? [{ subject, message }] : []
    );
    this.#options.alarm?.(faults);
    return changed;
  }

  async #read(path: string, before: Known | undefined): Promise<Known> {
    const { logger } = this.#options;
    try {
      const text = await readNamedFile(path, "--static-apps");
      if (before?.text === text && before.fault === undefined) return before;
      const { cluster, hasTasks } = readStaticApps(text, path, before?.cluster.apps);
      if (!hasTasks) logger.warning(`--static-apps: no app of ${path} has tasks; nothing in it is served`);
      const again = before?.fault === undefined ? "" : " again";
      logger.info(`--static-apps: ${path} is read${again}; it has ${cluster.apps.size} apps`);
      if (before?.text === text) return { text, cluster: before.cluster };
      await this.#keep(path, text);
      return { text, cluster };
    } catch (error) {
      const last = before ?? await this.#kept(path);
      const action = last.text === undefined
        ? "there are no last good apps of it to serve"
        : "its last good apps stay in service";
      const fault = `${(error as Error).message}; ${action}`;
      if (fault !== before?.fault) logger.error(fault);
      return { ...last, fault };
    }
  }

  async #keep(path: string, text: string): Promise<void> {
    try {
      await writeFileAtomically(this.#copyOf(path), text);
    } catch (error) {
      this.#options.logger.warning(
        `--static-apps: no copy of ${path} is kept: ${(error as Error).message}; ` +
          "after a restart its apps are served if the file can be read then",
      );
    }
  }

  /** What an earlier process found good. */
  async #kept(path: string): Promise<Known> {
    try {
      const text = await readFileIfExists(this.#copyOf(path));
      if (text !== undefined) return { text, cluster: readStaticApps(text, path).cluster };
    } catch (error) {
      this.#options.logger.warning(
        `--static-apps: the copy of ${path} cannot be used: ${(error as Error).message}`,
      );
    }
    return { cluster: emptyCluster };
  }

  #copyOf(path: string): string {
    const name = createHash("sha256").update(resolve(path)).digest("hex").slice(0, 16);
    return join(this.#options.keepIn, `.static-apps-${name}.json`);
  }
}

/** What a tick is about when a file changes: no app of Marathon's, whose ids begin with a slash. */
export const fileTick = "file:";

export interface JoinedSourceOptions {
  readonly marathon: Pick<AppSource, "fetch">;
  readonly files: Pick<StaticAppFiles, "apps" | "look">;
  /** What an earlier process left on disk. */
  readonly incumbents: () => Promise<Pick<Incumbents, "names">>;
  readonly logger: Logger;
}

/** Marathon's apps and those of files as one cluster. Neither takes anything from the other when it is away. */
export class JoinedSource {
  readonly #options: JoinedSourceOptions;
  /** Marathon's apps when it answered last; undefined before. */
  #marathon: Cluster | undefined;
  #origin: Origin | undefined;
  /** Whether files are served without Marathon's apps, which are unknown. */
  #alone = false;
  #joined: JoinedApps = { cluster: emptyCluster, ofFiles: new Set() };
  /** What the last one was made of. */
  #made: readonly unknown[] = [];
  /** Ids under which apps of files have been served. */
  readonly #ever = new Set<string>();

  constructor(options: JoinedSourceOptions) {
    this.#options = options;
  }

  /** From now on, files are served also before Marathon has answered. @returns whether there is anything in them */
  async standAlone(): Promise<boolean> {
    await this.#options.files.look();
    return this.#alone = this.#options.files.apps.apps.size > 0;
  }

  /**
   * As `AppSource.fetch`. When Marathon does not answer, the reading has its last apps and says why (`failure`). It rejects
   * where they are unknown, and HAProxy may serve some.
   *
   * @param named what changed: ids of apps, and `fileTick` for a file
   */
  async fetch(named: ReadonlySet<string> | undefined, signal: AbortSignal): Promise<ClusterReading> {
    const { marathon, files } = this.#options;
    const asked = named && new Set([...named].filter((name) => name !== fileTick));
    const onlyFiles = asked?.size === 0 && named!.size > 0;
    if (onlyFiles && (this.#marathon || this.#alone)) return this.#reading(true);
    // An event of Marathon's says nothing of files, which are watched.
    if (!asked || this.#made.length === 0) await files.look();
    try {
      const reading = await marathon.fetch(onlyFiles ? undefined : asked, signal);
      [this.#marathon, this.#origin] = [reading.cluster, reading.origin];
      return this.#reading(reading.partial);
    } catch (error) {
      signal.throwIfAborted();
      if (!this.#marathon && !await this.#mayStandAlone()) throw error;
      return { ...this.#reading(true), failure: error as Error };
    }
  }

  #reading(partial: boolean): ClusterReading {
    const marathon = this.#marathon ?? emptyCluster;
    const { apps } = this.#options.files;
    const from = this.#joined.cluster;
    const made = [marathon, apps];
    if (made.some((one, index) => one !== this.#made[index])) {
      this.#joined = joinApps(marathon, apps, this.#joined.ofFiles);
      this.#made = made;
    }
    const { cluster, ofFiles } = this.#joined;
    const now = servedIds(ofFiles, cluster);
    for (const id of now) this.#ever.add(id);
    const gone = [...this.#ever].filter((id) => !marathon.apps.has(id));
    return {
      cluster,
      changes: compareClusters(from, cluster),
      from,
      partial,
      origin: this.#origin,
      outside: new Set([...now, ...gone]),
    };
  }

  /** Whether the files on disk serve only apps of our files. Then nothing of Marathon's is lost. */
  async #mayStandAlone(): Promise<boolean> {
    const ids = [...servedIds(this.#options.files.apps.apps.keys(), this.#options.files.apps)];
    if (this.#alone || ids.length === 0) return this.#alone;
    try {
      const { names } = await this.#options.incumbents();
      this.#alone = [...names.values()].every((owner) => ids.some((id) => isOwner(owner, id)));
    } catch (error) {
      this.#options.logger.debug(`--static-apps: ${(error as Error).message}; waiting for Marathon`);
    }
    return this.#alone;
  }
}
