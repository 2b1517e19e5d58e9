import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileError } from "../files/fileError.ts";
import { hasCode } from "../files/hasCode.ts";
import { makeDirectory } from "../files/makeDirectory.ts";
import { moveIntoPlace } from "../files/moveIntoPlace.ts";
import { type FileContent, writeFileAtomically } from "../files/writeFileAtomically.ts";

/** A file by its name in the directory. */
export interface NamedFile {
  readonly name: string;
  readonly content: FileContent;
}

/**
 * Replaces several files of a directory so that none or all of them are new, whatever happens in between: they are written to
 * a directory of their own, whose rename decides, and then moved. Whoever is killed between the moves finds the rest there.
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
