import { statSync } from "node:fs";
import { constants, copyFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { ConfigurationFiles } from "../../core/plan/ConfigurationFiles.ts";
import { sameText } from "../../core/plan/sameFiles.ts";
import { archiveVersions } from "../files/archiveVersions.ts";
import { fileError } from "../files/fileError.ts";
import { makeDirectory } from "../files/makeDirectory.ts";
import { readFileIfExists } from "../files/readFileIfExists.ts";
import { type FileContent, writeFileAtomically } from "../files/writeFileAtomically.ts";
import { type NamedFile, PendingFiles } from "./PendingFiles.ts";

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

const mapFiles = ["domain2backend.map", "app2backend.map"] as const;

/** The files that HAProxy reads: staged beside the running ones, then put in their place, all or none. */
export class ConfigurationStore {
  readonly configFile: string;
  readonly #options: ConfigurationStoreOptions;
  readonly #directory: string;
  readonly #staging: string;
  readonly #pending: PendingFiles;
  /** What the files held when they were last read or written, and how they could be told from others then. */
  #seen: { readonly files: ConfigurationFiles; readonly identity: string } | undefined;
  /** Whether the present files may be in the archive already, as after they were put back. */
  #mayBeArchived = true;

  constructor(options: ConfigurationStoreOptions) {
    this.#options = options;
    this.configFile = options.configFile;
    this.#directory = dirname(options.configFile);
    this.#staging = join(this.#directory, ".staged");
    this.#pending = new PendingFiles(this.#directory);
  }

  /** Ends, before anything else, what an earlier process was killed in the middle of. Resolves to whether there was any. */
  async recover(): Promise<boolean> {
    const wasInterrupted = await this.#pending.finish();
    await this.discardStaged();
    return wasInterrupted;
  }

  /** Whether the files are those that were written last, by what the file system says of them: they are not read. */
  isAsWritten(): boolean {
    return this.#seen !== undefined && this.#seen.identity === this.#identify();
  }

  /** The files on disk; undefined when there is no complete configuration. */
  async read(): Promise<ConfigurationFiles | undefined> {
    const [text, ...maps] = await Promise.all(
      [this.configFile, ...mapFiles.map((file) => join(this.#directory, file))].map(readFileIfExists),
    );
    // A configuration whose maps are gone does not start either.
    if (text === undefined || this.#options.haproxyMap && maps.includes(undefined)) return undefined;
    return { text, maps: { "domain2backend.map": maps[0] ?? "", "app2backend.map": maps[1] ?? "" } };
  }

  /**
   * Writes files for validation, where nothing that runs reads them.
   *
   * @returns path of the staged configuration, which names the staged maps
   */
  async stage(files: ConfigurationFiles): Promise<string> {
    await this.#options.prepare?.();
    await makeDirectory(this.#staging);
    let text: string | undefined;
    for (const file of mapFiles) {
      if (!this.#options.haproxyMap) break;
      await writeFileAtomically(join(this.#staging, file), files.maps[file]);
      text ??= files.text;
      // As the renderer writes it: a normalised path would not be found in a text with `//`.
      text = text.replaceAll(`${this.#directory}/${file}`, () => join(this.#staging, file));
    }
    const staged = join(this.#staging, "haproxy.cfg");
    await writeFileAtomically(staged, text === undefined ? contentOf(files) : text);
    return staged;
  }

  /** Puts files in the place of the running ones; maps first, because the configuration needs them. */
  async commit(files: ConfigurationFiles): Promise<void> {
    await this.#put(files, (path, present) => this.#archive(path, present));
  }

  /** Puts files back after `commit`, for a reload that failed; the ones it failed with are no version to keep. */
  async restore(files: ConfigurationFiles): Promise<void> {
    await this.#put(files, () => Promise.resolve());
    this.#mayBeArchived = true;
  }

  /**
   * Notes that HAProxy, which started with other files, has become what these say: `lua.getconfig` tells them instead of
   * those it read.
   */
  async publish(): Promise<void> {
    // A link would follow whoever edits the file in its place, and change what `isAsWritten` looks at.
    const staged = `${this.#published}.tmp`;
    try {
      await copyFile(this.configFile, staged, constants.COPYFILE_FICLONE);
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
    return `${this.configFile}.running`;
  }

  async discardStaged(): Promise<void> {
    await rm(this.#staging, { recursive: true, force: true });
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
      const [present, text] = [known ? known.maps[name] : await readFileIfExists(path), files.maps[name]];
      // Without maps a file from earlier is emptied: the map endpoints would go on serving it.
      if (present === text || !this.#options.haproxyMap && !present) continue;
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
