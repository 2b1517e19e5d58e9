import { certificateBlocks, privateKeyBlock } from "./pemBlocks.ts";

const encryptedKey = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

/** Whether a PEM text holds a private key that can be used without a passphrase. */
export function holdsPrivateKey(pem: string): boolean {
  return privateKeyBlock(pem) !== undefined && !encryptedKey.test(pem);
}

/**
 * What is missing in a PEM text that HAProxy is to use for TLS, with what to do about it, or `undefined`. Nothing is
 * decoded. Never quotes the text.
 */
export function findPemFault(pem: string): string | undefined {
  if (certificateBlocks(pem).length === 0) {
    return "holds no certificate; put the certificate, its chain and its private key there, in PEM form";
  }
  if (encryptedKey.test(pem)) {
    return "holds an encrypted private key, and HAProxy cannot ask for its passphrase; decrypt it with `openssl pkey`";
  }
  if (!holdsPrivateKey(pem)) {
    return "holds no private key; append the certificate's private key to it, in PEM form";
  }
}
