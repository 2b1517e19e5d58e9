import { readFileIfExists } from "./readFileIfExists.ts";

/** The text of a file that a flag or a variable names. Throws an `Error` of one line that says which when it cannot be read. */
export async function readNamedFile(path: string, origin: string): Promise<string> {
  const text = await readFileIfExists(path);
  if (text === undefined) throw new Error(`${origin}: there is no file ${path}; check the path`);
  return text;
}
