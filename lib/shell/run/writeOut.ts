import process from "node:process";

/**
 * Writes text and resolves when it has left this process: ours may end right after. A reader that has seen enough
 * (`marathon-lb --longhelp | head`) is no failure.
 */
export function writeOut(stream: "stdout" | "stderr", text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => error.code === "EPIPE" ? resolve() : reject(error);
    process[stream].once("error", fail);
    process[stream].write(text, (error) => {
      if (error) return fail(error);
      process[stream].off("error", fail);
      resolve();
    });
  });
}
