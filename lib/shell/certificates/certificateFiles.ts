import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { holdsPrivateKey } from "../../core/certificates/findPemFault.ts";
import { fileError } from "../files/fileError.ts";
import { readFileIfExists } from "../files/readFileIfExists.ts";

/** What HAProxy does not load from a `crt` directory (configuration manual 5.1, "crt"). */
const reserved = /^\.|\.(?:key|issuer|ocsp|sctl)$/;

/** A file that HAProxy's `crt` loads. */
export interface CertificateFile {
  readonly path: string;
  /** The directory that was named instead of the file. */
  readonly directory?: string;
}

/** The file, or those that HAProxy loads from the directory, in its order. Throws an `Error` of one line. */
export async function certificateFiles(path: string): Promise<CertificateFile[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [{ path }];
    const names = (await readdir(path)).filter((name) => !reserved.test(name)).sort();
    const files = [];
    for (const file of names.map((name) => join(path, name))) {
      if ((await stat(file)).isFile()) files.push({ path: file, directory: path });
    }
    return files;
  } catch (error) {
    throw fileError("read", path, error);
  }
}

/** The text of a certificate file, with the private key that stands in `FILE.key` where it holds none itself. */
export async function readCertificate(file: string): Promise<string> {
  const pem = await readFileIfExists(file) ?? "";
  if (holdsPrivateKey(pem)) return pem;
  const key = await readFileIfExists(`${file}.key`) ?? "";
  return key === "" ? pem : `${pem.trimEnd()}\n${key}`;
}
