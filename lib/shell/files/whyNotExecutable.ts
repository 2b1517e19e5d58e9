import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";

/** Undefined for a file that can be executed, else why it cannot, as in "PATH does not exist". */
export async function whyNotExecutable(path: string): Promise<string | undefined> {
  const file = await stat(path).catch(() => undefined);
  if (!file) return "does not exist";
  if (!file.isFile()) return "is not a file";
  return await access(path, constants.X_OK).then(() => undefined, () => "is not executable");
}
