import { getCACertificates } from "node:tls";

/**
 * The certificate authorities the system trusts, as PEM texts: by default Node and Deno trust a list of their own.
 * `undefined` where the system has none (a scratch image), so that this list is used after all.
 */
export function systemRoots(): string[] | undefined {
  const roots = new Set([...getCACertificates("system"), ...getCACertificates("extra")]);
  return roots.size > 0 ? [...roots] : undefined;
}
