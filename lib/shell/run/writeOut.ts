import process from "node:process";

/** Writes text and resolves when it has left this process: ours may end right after. */
export function writeOut(stream: "stdout" | "stderr", text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process[stream].write(text, (error) => error ? reject(error) : resolve());
  });
}
