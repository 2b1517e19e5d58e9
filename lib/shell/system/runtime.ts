import { Buffer } from "node:buffer";
import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { hideSecrets } from "../../core/flags/commandLine.ts";

/** The runtime inside, for `--version`. */
export function describeRuntime(): string {
  const { deno, node } = process.versions;
  return deno ? `Deno ${deno}` : `Node.js ${node}`;
}

/**
 * Makes V8 collect garbage when its heap has grown by a third. By default it waits until the heap is several times what
 * is in use. A daemon that shares an agent with tasks would take that memory from them. A run that ends is a seventh
 * faster without, so it does not use this. The flags are set here, not at the start: the runtime's caches of compiled
 * code only work without such flags.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--heap-growing-percent=30");
}

/**
 * Limits the space for new objects to 2 MB. V8 would let it grow to 64 MB and never release it. It makes the start a
 * little slower, so runs that end do not use it.
 */
export function keepNewSpaceSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}

/**
 * Hides secrets of the command line from what `ps` and `/proc/<pid>/cmdline` show. They are visible in the moment
 * before, and to users that see how the process was started. A file or the environment is better.
 */
export function hideArguments(argv: readonly string[]): void {
  const shown = hideSecrets(argv);
  if (shown.every((word, index) => word === argv[index])) return;
  process.title = ["marathon-lb", ...shown].join(" ");
}

/** All of standard input, as text (UTF-8). */
export async function readStandardInput(): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of process.stdin) pieces.push(piece);
  return Buffer.concat(pieces).toString("utf8");
}

/** The errors of a write when the reader has ended: a pipe or a socket that is closed at its other end. */
const gone = new Set(["EPIPE", "ECONNRESET"]);

/**
 * Writes text and resolves when it has left this process: ours may end right after. A reader that has seen enough
 * (`marathon-lb --longhelp | head`) is no failure.
 */
export function writeOut(stream: "stdout" | "stderr", text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // There is nowhere to tell that standard error cannot be written.
    const fail = (error: NodeJS.ErrnoException) =>
      stream === "stderr" || gone.has(error.code ?? "") ? resolve() : reject(error);
    process[stream].once("error", fail);
    process[stream].write(text, (error) => {
      if (error) return fail(error);
      process[stream].off("error", fail);
      resolve();
    });
  });
}
