/** What is told about one certificate. */
export interface Certificate {
  /** Distinguished name, as `CN=www.example.com, O=Example`. */
  readonly subject: string;
  /** The subject alternative names it is for: host names and addresses. */
  readonly names: readonly string[];
  /** Hexadecimal, upper case. */
  readonly serial: string;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Issuer and subject are the same, as in the root of a chain. */
  readonly selfIssued: boolean;
}

/** A decoded PEM text: the certificates in their order, and what cryptography said about them. */
export interface CertificateChain {
  readonly certificates: readonly [Certificate, ...Certificate[]];
  /** Index of the certificate that the private key belongs to; -1 when it belongs to none. */
  readonly keyOf: number;
  /** For each certificate but the last, whether the next one issued it. */
  readonly issuedByNext: readonly boolean[];
}
