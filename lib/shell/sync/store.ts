import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import { chmod, constants, copyFile, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type ConfigurationFiles, sameText } from "../../core/plan/plan.ts";
import { type ConfigurationMaps, mapFiles } from "../../core/render/configuration.ts";
import {
  type FileContent,
  fileError,
  hasCode,
  makeDirectory,
  moveIntoPlace,
  readFileIfExists,
  withinMode,
  writeFileAtomically,
} from "../system/files.ts";

export interface ConfigurationStoreOptions {
  /** The configuration that HAProxy reads; its maps stand beside it. */
  readonly configFile: string;
  /** How many earlier versions of each file are kept in `archive/` beside it. */
  readonly archiveVersions: number;
  /** Whether the configuration looks anything up in the maps: HAProxy needs the files then, even empty ones. */
  readonly haproxyMap: boolean;
  /** Makes, where it is missing by now, what every configuration needs beside these files. */
  readonly prepare?: () => Promise<void>;
}

/** Directories beside the configuration for files that HAProxy only checks: two checks may run at the same time. */
export type StagingPlace = ".staged" | ".judged";

/** The file that says what HAProxy has become since it read its configuration. */
function publishedAs(configFile: string): string {
  return `${configFile}.running`;
}

/**
 * Reads the files that the Lua scripts return while HAProxy runs, when HAProxy runs as a user that may not read them.
 */
export function fileReaders(configFile: string): Readonly<Record<string, () => Promise<string | undefined>>> {
  const names = [basename(publishedAs(configFile)), ...mapFiles];
  return Object.fromEntries(names.map((name) => [
    name,
    () => readFileIfExists(join(dirname(configFile), name)),
  ]));
}

/** The files that HAProxy reads: staged beside the running ones, then put in their place, all or none. */
export class ConfigurationStore {
  readonly configFile: string;
  readonly #options: ConfigurationStoreOptions;
  readonly #directory: string;
  readonly #pending: PendingFiles;
  /** What the files held when they were last read or written, and how they differed from others then. */
  #seen: { readonly files: ConfigurationFiles; readonly identity: string } | undefined;
  /** Whether the present files may be in the archive already, as after they were put back. */
  #mayBeArchived = true;

  constructor(options: ConfigurationStoreOptions) {
    this.#options = options;
    this.configFile = options.configFile;
    this.#directory = dirname(options.configFile);
    this.#pending = new PendingFiles(this.#directory);
  }

  /** Ends, before anything else, what an earlier process was killed in the middle of. Resolves to whether there was any. */
  async recover(): Promise<boolean> {
    const wasInterrupted = await this.#pending.finish();
    await this.discardStaged();
    await this.discardStaged(".judged");
    return wasInterrupted;
  }

  /** Whether the files are those that were written last, judged by their metadata: they are not read. */
  isAsWritten(): boolean {
    return this.#seen !== undefined && this.#seen.identity === this.#identify();
  }

  /** The files on disk; undefined when there is no complete configuration. */
  async read(): Promise<ConfigurationFiles | undefined> {
    const [text, ...maps] = await Promise.all(
      [this.configFile, ...mapFiles.map((file) => join(this.#directory, file))].map(readFileIfExists),
    );
    const [domains, apps, shares] = maps;
    if (text === undefined) return undefined;
    // A configuration whose maps are gone does not start either.
    if (this.#options.haproxyMap && (domains === undefined || apps === undefined)) return undefined;
    if (shares === undefined && text.includes(`${this.#directory}/share.map`)) return undefined;
    return {
      text,
      maps: {
        "domain2backend.map": domains ?? "",
        "app2backend.map": apps ?? "",
        ...shares ? { "share.map": shares } : {},
      },
    };
  }

  /**
   * Writes files for validation, where nothing that runs reads them.
   *
   * @returns path of the staged configuration, which names the staged maps
   */
  async stage(files: ConfigurationFiles, place: StagingPlace = ".staged"): Promise<string> {
    await this.#options.prepare?.();
    const staging = join(this.#directory, place);
    await makeDirectory(this.#directory);
    // What was left, or a link that leads elsewhere.
    await this.discardStaged(place);
    await makeDirectory(staging);
    let text: string | undefined;
    for (const file of mapFiles) {
      if (!this.#needs(file, files)) continue;
      await writeFileAtomically(join(staging, file), files.maps[file] ?? "");
      text ??= files.text;
      // As the renderer writes it: a normalised path would not be found in a text with `//`.
      text = text.replaceAll(`${this.#directory}/${file}`, () => join(staging, file));
    }
    const staged = join(staging, "haproxy.cfg");
    await writeFileAtomically(staged, text === undefined ? contentOf(files) : text);
    return staged;
  }

  /** Puts files in the place of the running ones; maps first, because the configuration needs them. */
  async commit(files: ConfigurationFiles): Promise<void> {
    await this.#put(files, (path, present) => this.#archive(path, present));
  }

  /**
   * Restores files after `commit`, when the reload failed. The files that failed do not become a version in the archive.
   */
  async restore(files: ConfigurationFiles): Promise<void> {
    await this.#put(files, () => Promise.resolve());
    this.#mayBeArchived = true;
  }

  /**
   * Notes that HAProxy, which started with other files, now runs what these contain. `lua.getconfig` then returns these
   * instead of those that HAProxy read.
   */
  async publish(): Promise<void> {
    // A link would change with an edit of the file in place, and so would what `isAsWritten` looks at.
    const staged = `${this.#published}.tmp`;
    try {
      // A link that another user has planted there is not to be followed.
      await rm(staged, { force: true });
      await copyFile(this.configFile, staged, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
      await rename(staged, this.#published);
    } catch (error) {
      throw fileError("write", this.#published, error);
    }
  }

  /** Notes that HAProxy has read the files. */
  async unpublish(): Promise<void> {
    await rm(this.#published, { force: true });
  }

  get #published(): string {
    return publishedAs(this.configFile);
  }

  async discardStaged(place: StagingPlace = ".staged"): Promise<void> {
    await rm(join(this.#directory, place), { recursive: true, force: true });
  }

  async #put(
    files: ConfigurationFiles,
    archive: (path: string, present: () => string) => Promise<void>,
  ): Promise<void> {
    await this.#options.prepare?.();
    await makeDirectory(this.#directory);
    const known = this.isAsWritten() ? this.#seen?.files : undefined;
    const changed: NamedFile[] = [];
    for (const name of mapFiles) {
      const path = join(this.#directory, name);
      const present = known ? known.maps[name] : await readFileIfExists(path);
      const text = files.maps[name] ?? "";
      // Without maps a file from earlier is emptied: the map endpoints would keep serving it.
      if (present === text || !this.#needs(name, files) && !present) continue;
      if (present !== undefined) await archive(path, () => present);
      changed.push({ name, content: text });
    }
    const text = known ? undefined : await readFileIfExists(this.configFile);
    if (known ? !sameText(known, files) : text !== files.text) {
      if (known || text !== undefined) await archive(this.configFile, () => text ?? known!.text);
      changed.push({ name: basename(this.configFile), content: contentOf(files) });
    }
    if (changed.length > 0) await this.#pending.replace(changed);
    this.#seen = { files, identity: this.#identify() };
  }

  /** Whether a configuration looks anything up in a map. */
  #needs(file: keyof ConfigurationMaps, { maps }: Pick<ConfigurationFiles, "maps">): boolean {
    return file === "share.map" ? Boolean(maps[file]) : this.#options.haproxyMap;
  }

  /** Changes with every file that is replaced, written to, or removed. */
  #identify(): string {
    const paths = [this.configFile, ...mapFiles.map((file) => join(this.#directory, file))];
    return paths.map((path) => {
      try {
        // At every event: a few microseconds, where handing it to another thread would take a hundred.
        const { dev, ino, size, mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? {};
        return [dev, ino, size, mtimeMs].join(" ");
      } catch (error) {
        throw fileError("read", path, error);
      }
    }).join(", ");
  }

  async #archive(path: string, present: () => string): Promise<void> {
    const directory = join(this.#directory, "archive");
    // Put back by a failed reload, it is there already: retries would push every other version out.
    if (this.#mayBeArchived && await readFileIfExists(join(directory, `${basename(path)}.1`)) === present()) {
      return;
    }
    await archiveVersions(path, { directory, keep: this.#options.archiveVersions });
    // The last of the files.
    if (path === this.configFile) this.#mayBeArchived = false;
  }
}

/** The text, not put together where it is made of pieces. */
function contentOf(files: ConfigurationFiles): FileContent {
  return files.chunks?.map(({ text }) => text) ?? files.text;
}

/** A file by its name in the directory. */
export interface NamedFile {
  readonly name: string;
  readonly content: FileContent;
}

/**
 * Replaces several files of a directory so that all of them are new, or none, whatever happens in between. They are
 * written to a separate directory, whose rename decides, and then moved. After a kill between the moves, the rest is
 * still there.
 */
export class PendingFiles {
  readonly #directory: string;
  /** Files on their way that may be incomplete. */
  readonly #draft: string;
  /** Files of which each one has to come into place. */
  readonly #decided: string;

  constructor(directory: string) {
    this.#directory = directory;
    this.#draft = join(directory, ".draft");
    this.#decided = join(directory, ".pending");
  }

  /** Replaces the files, in their order. Throws an `Error` of one line; when the disk is full, nothing has changed. */
  async replace(files: readonly NamedFile[]): Promise<void> {
    await rm(this.#decided, { recursive: true, force: true });
    try {
      await rm(this.#draft, { recursive: true, force: true });
      await makeDirectory(this.#draft);
      for (const [index, { name, content }] of files.entries()) {
        await writeFileAtomically(join(this.#draft, `${index}-${name}`), content);
      }
      await rename(this.#draft, this.#decided);
    } catch (error) {
      await rm(this.#draft, { recursive: true, force: true });
      throw error;
    }
    await this.finish();
  }

  /** Moves what is left of an interrupted `replace`. Resolves to whether there was anything. */
  async finish(): Promise<boolean> {
    const names = await this.#names();
    if (names === undefined) return false;
    for (const name of names) {
      await moveIntoPlace(join(this.#decided, name), join(this.#directory, name.replace(/^\d+-/, "")));
    }
    await rm(this.#decided, { recursive: true });
    return names.length > 0;
  }

  /** In their order. */
  async #names(): Promise<string[] | undefined> {
    try {
      return (await readdir(this.#decided)).sort((a, b) => Number.parseInt(a) - Number.parseInt(b));
    } catch (error) {
      if (hasCode(error, "ENOENT")) return undefined;
      throw fileError("read", this.#decided, error);
    }
  }
}

/**
 * Keeps the present content of `file` as `directory/NAME.1` and moves the older versions to `.2` … `.keep`. Versions
 * beyond that are removed, so that 0 keeps none. Call it before a file is replaced. If the file does not exist yet, the
 * versions stay as they are. The directory is made if it is missing.
 *
 * Versions come into place by rename only, so none is ever half written. Throws an `Error` of one line.
 */
export async function archiveVersions(
  file: string,
  { directory, keep }: { directory: string; keep: number },
): Promise<void> {
  const version = (number: number) => join(directory, `${basename(file)}.${number}`);
  try {
    await makeDirectory(directory);
    const copy = keep > 0 ? await copyToTemporary(file, directory) : undefined;
    if (keep > 0 && !copy) return;
    try {
      for (const number of await versionsOf(basename(file), directory)) {
        if (number >= keep) await rm(version(number));
        else await rename(version(number), version(number + 1));
      }
      if (copy) await rename(copy, version(1));
    } catch (error) {
      if (copy) await rm(copy, { force: true });
      throw error;
    }
  } catch (error) {
    throw fileError(`archive ${file} in`, directory, error);
  }
}

/** The numbers of the versions that are there, the oldest (highest) first. */
async function versionsOf(name: string, directory: string): Promise<number[]> {
  return (await readdir(directory))
    .filter((entry) => entry.startsWith(`${name}.`))
    .map((entry) => entry.slice(name.length + 1))
    .filter((suffix) => /^[1-9]\d{0,8}$/.test(suffix))
    .map(Number)
    .sort((a, b) => b - a);
}

/**
 * The path of a copy of `file` in `directory`, or `undefined` when there is no such file. It is not a hard link,
 * because an edit of the file in place must not change its history.
 */
async function copyToTemporary(file: string, directory: string): Promise<string | undefined> {
  const copy = join(directory, `.${basename(file)}.${randomUUID()}.tmp`);
  try {
    await copyFile(file, copy);
    await chmod(copy, withinMode((await stat(copy)).mode));
    return copy;
  } catch (error) {
    // Where the disk is full a part of the copy is there.
    await rm(copy, { force: true });
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}
