/** One `-----BEGIN LABEL-----` … `-----END LABEL-----` of a PEM text. */
export interface PemBlock {
  readonly label: string;
  /** Between the two lines: base64, behind headers in the encrypted keys of old. */
  readonly body: string;
  /** All of it, without carriage returns and empty lines. */
  readonly text: string;
}

/** The blocks of a PEM text, in order; what is written between them is for people. */
export function pemBlocks(pem: string): PemBlock[] {
  return [...pem.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([^]*?)-----END \1-----/g)].map(
    ([text, label = "", body = ""]) => ({ label, body, text: text.replace(/\s*\n\s*/g, "\n") }),
  );
}

/** Those that hold a certificate. */
export function certificateBlocks(pem: string): PemBlock[] {
  return pemBlocks(pem).filter(({ label }) => /^(?:TRUSTED |X509 )?CERTIFICATE$/.test(label));
}

/** The one that holds the private key. */
export function privateKeyBlock(pem: string): PemBlock | undefined {
  return pemBlocks(pem).find(({ label }) => /^(?:RSA |EC |DSA )?PRIVATE KEY$/.test(label));
}
