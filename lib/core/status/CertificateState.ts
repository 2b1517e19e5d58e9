/** A certificate file that HAProxy is given: what is told of the certificate in it, or why it cannot be read. */
export type CertificateState =
  | {
    readonly path: string;
    readonly subject: string;
    readonly names: readonly string[];
    readonly serial: string;
    /** When it expires, in ISO 8601. */
    readonly notAfter: string;
  }
  | { readonly path: string; readonly error: string };
