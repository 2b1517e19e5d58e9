import { createHash } from "node:crypto";
import { certificateBlocks, pemBlocks } from "./pemBlocks.ts";

/** The PEM text as the payload of a runtime command, which an empty line would end (management guide 9.3). */
export function runtimePayload(pem: string): string {
  return pemBlocks(pem).map(({ text }) => `${text}\n`).join("");
}

/** SHA-1 of the first certificate, as `show ssl cert FILE` has it: upper-case hexadecimal. */
export function certificateFingerprint(pem: string): string | undefined {
  const [first] = certificateBlocks(pem);
  return first && createHash("sha1").update(first.body, "base64").digest("hex").toUpperCase();
}

/** Tells whether a PEM text has changed, without keeping the private key in it. */
export function contentDigest(pem: string): string {
  return createHash("sha256").update(pem).digest("hex");
}
