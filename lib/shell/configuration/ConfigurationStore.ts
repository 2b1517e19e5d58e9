import { mkdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { ConfigurationFiles } from "../../core/plan/ConfigurationFiles.ts";
import { archiveVersions } from "../files/archiveVersions.ts";
import { fileError } from "../files/fileError.ts";
import { readFileIfExists } from "../files/readFileIfExists.ts";
import { writeFileAtomically } from "../files/writeFileAtomically.ts";

export interface ConfigurationStoreOptions {
  /** The configuration that HAProxy reads; its maps stand beside it. */
  readonly configFile: string;
  /** How many earlier versions of each file are kept in `archive/` beside it. */
  readonly archiveVersions: number;
  /** Whether the configuration looks anything up in the maps: HAProxy needs the files then, even empty ones. */
  readonly haproxyMap: boolean;
}

const mapFiles = ["domain2backend.map", "app2backend.map"] as const;

/** The files that HAProxy reads: staged beside the running ones, then put in their place whole. */
export class ConfigurationStore {
  readonly configFile: string;
  readonly #options: ConfigurationStoreOptions;
  readonly #directory: string;
  readonly #staging: string;

  constructor(options: ConfigurationStoreOptions) {
    this.#options = options;
    this.configFile = options.configFile;
    this.#directory = dirname(options.configFile);
    this.#staging = join(this.#directory, ".staged");
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
    await makeDirectory(this.#staging);
    let { text } = files;
    for (const file of mapFiles) {
      if (!this.#options.haproxyMap) break;
      await writeFileAtomically(join(this.#staging, file), files.maps[file]);
      // As the renderer writes it: a normalised path would not be found in a text with `//`.
      text = text.replaceAll(`${this.#directory}/${file}`, () => join(this.#staging, file));
    }
    const staged = join(this.#staging, "haproxy.cfg");
    await writeFileAtomically(staged, text);
    return staged;
  }

  /** Puts files in the place of the running ones, each in one step; maps first, because the configuration needs them. */
  async commit(files: ConfigurationFiles): Promise<void> {
    await this.#put(files, (path, present) => this.#archive(path, present));
  }

  /** Puts files back after `commit`, for a reload that failed; the ones it failed with are no version to keep. */
  async restore(files: ConfigurationFiles): Promise<void> {
    await this.#put(files, () => Promise.resolve());
  }

  async discardStaged(): Promise<void> {
    await rm(this.#staging, { recursive: true, force: true });
  }

  async #put(
    files: ConfigurationFiles,
    beforeReplacing: (path: string, present: string) => Promise<void>,
  ): Promise<void> {
    const replace = async (path: string, text: string) => {
      const present = await readFileIfExists(path);
      if (present === text) return;
      if (present !== undefined) await beforeReplacing(path, present);
      await writeFileAtomically(path, text);
    };
    await makeDirectory(this.#directory);
    await this.discardStaged();
    for (const file of mapFiles) {
      const path = join(this.#directory, file);
      // Without maps a file from earlier is emptied: the map endpoints would go on serving it.
      if (!this.#options.haproxyMap && !await readFileIfExists(path)) continue;
      await replace(path, files.maps[file]);
    }
    await replace(this.configFile, files.text);
  }

  async #archive(path: string, present: string): Promise<void> {
    const directory = join(this.#directory, "archive");
    // Put back by a failed reload, it is there already: retries would push every other version out.
    if (await readFileIfExists(join(directory, `${basename(path)}.1`)) === present) return;
    await archiveVersions(path, { directory, keep: this.#options.archiveVersions });
  }
}

async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw fileError("make the directory", path, error);
  }
}
