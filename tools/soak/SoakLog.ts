import { createWriteStream, type WriteStream } from "node:fs";
import { once } from "node:events";

/** The file that tells in one order what marathon-lb said and what was done to it. */
export class SoakLog implements AsyncDisposable {
  private constructor(private readonly file: WriteStream | undefined) {}

  /** @param path undefined: nothing is kept. Rejects when the file cannot be written. */
  static async open(path: string | undefined): Promise<SoakLog> {
    if (path === undefined) return new SoakLog(undefined);
    const file = createWriteStream(path);
    await once(file, "open");
    return new SoakLog(file);
  }

  write(line: string): void {
    this.file?.write(`${line}\n`);
  }

  /** Something that marathon-lb does not know of. */
  note(what: string): void {
    this.write(`${new Date().toISOString()} *** ${what}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.file) return;
    this.file.end();
    await once(this.file, "close");
  }
}
