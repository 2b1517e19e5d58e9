import { findPemFault } from "../../core/certificates/findPemFault.ts";
import { judgeChain, type Verdict } from "../../core/certificates/judgeChain.ts";
import { decodeChain } from "./decodeChain.ts";

/** Whether HAProxy can use the certificate and the private key of a PEM text at `now`; never quotes the text. */
export async function inspectCertificate(pem: string, now: number): Promise<Verdict> {
  const fault = findPemFault(pem);
  if (fault !== undefined) return { fault };
  try {
    return judgeChain(await decodeChain(pem), now);
  } catch (error) {
    return { fault: (error as Error).message };
  }
}
