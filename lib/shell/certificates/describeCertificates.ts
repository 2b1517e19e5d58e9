import type { Certificate } from "../../core/certificates/CertificateChain.ts";
import { certificateFiles } from "./certificateFiles.ts";
import { decodeCertificates, describe } from "./decodeChain.ts";
import { readFileIfExists } from "../files/readFileIfExists.ts";

/** What the status tells of a certificate file: of the first certificate in it, which is the server's. */
export type CertificateReport = CertificateDetails | { readonly path: string; readonly error: string };

export interface CertificateDetails extends Pick<Certificate, "subject" | "names" | "serial"> {
  readonly path: string;
  /** ISO 8601. */
  readonly notAfter: string;
}

/** Reads these files, and those of these directories, as they are on the disk now. Never rejects. */
export async function describeCertificates(paths: readonly string[]): Promise<CertificateReport[]> {
  return (await Promise.all(paths.map(describePath))).flat();
}

async function describePath(path: string): Promise<CertificateReport[]> {
  try {
    return await Promise.all((await certificateFiles(path)).map(({ path }) => describeFile(path)));
  } catch (error) {
    return [{ path, error: (error as Error).message }];
  }
}

async function describeFile(path: string): Promise<CertificateReport> {
  try {
    const [first] = await decodeCertificates(await readFileIfExists(path) ?? "");
    if (!first) throw new Error("holds no certificate");
    const { subject, names, serial, notAfter } = describe(first);
    return { path, subject, names, serial, notAfter: new Date(notAfter).toISOString() };
  } catch (error) {
    return { path, error: (error as Error).message };
  }
}
