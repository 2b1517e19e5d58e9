import { Buffer } from "node:buffer";
import type { FileHandle } from "node:fs/promises";

/** Bytes that are encoded at a time: a large file neither takes memory of its size nor holds anybody up for long. */
const size = 64 * 1024;

/** Writes pieces of text, one after the other, as UTF-8 at the present position of a file. */
export async function writePieces(file: FileHandle, pieces: readonly string[]): Promise<void> {
  const buffer = Buffer.allocUnsafe(size);
  let filled = 0;
  const flush = async () => {
    await file.writeFile(buffer.subarray(0, filled));
    filled = 0;
  };
  for (const piece of pieces) {
    // A letter of a JavaScript string takes three bytes at the most.
    const longest = piece.length * 3;
    if (filled + longest > size) await flush();
    if (longest > size) await file.writeFile(piece);
    else filled += buffer.write(piece, filled);
  }
  await flush();
}
