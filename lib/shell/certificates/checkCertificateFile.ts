import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileError } from "../files/fileError.ts";
import { readFileIfExists } from "../files/readFileIfExists.ts";
import { findPemFault, holdsPrivateKey } from "./findPemFault.ts";

/** What HAProxy does not load from a `crt` directory (configuration manual 5.1, "crt"). */
const reserved = /^\.|\.(?:key|issuer|ocsp|sctl)$/;

/**
 * Reads a certificate file, or every certificate of a directory, as HAProxy's `crt` would: a private key may also stand in
 * `FILE.key`. `origin` is the flag or variable that named it. Throws an `Error` of one line with the origin, the file and
 * what to do, never with content.
 */
export async function checkCertificateFile(path: string, origin: string): Promise<void> {
  const files = await filesOf(path, origin);
  if (files.length === 0) {
    throw new Error(`${origin}: the directory ${path} holds no certificate file; put at least one there`);
  }
  for (const file of files) {
    const pem = await readCertificate(file, origin);
    const key = holdsPrivateKey(pem) ? "" : await readFileIfExists(`${file}.key`) ?? "";
    const fault = findPemFault(pem + key);
    if (fault) throw new Error(`${origin}: ${file} ${fault}`);
  }
}

async function filesOf(path: string, origin: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const names = (await readdir(path)).filter((name) => !reserved.test(name)).sort();
    const files = [];
    for (const file of names.map((name) => join(path, name))) {
      if ((await stat(file)).isFile()) files.push(file);
    }
    return files;
  } catch (error) {
    throw new Error(`${origin}: ${fileError("read", path, error).message}`, { cause: error });
  }
}

async function readCertificate(file: string, origin: string): Promise<string> {
  try {
    return await readFileIfExists(file) ?? "";
  } catch (error) {
    throw new Error(`${origin}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
