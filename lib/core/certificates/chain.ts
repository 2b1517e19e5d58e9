/** What is reported about one certificate. */
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

/** The names by which HAProxy chooses a certificate: the alternative ones, and the common one. Some are no host names. */
export function namesServed({ names, subject }: Certificate): string[] {
  const common = [...subject.matchAll(/(?:^|[,+] ?)CN=([^,+]+)/g)].map(([, name = ""]) => name);
  return [...new Set([...names, ...common].map((name) => name.toLowerCase()))];
}

/** A decoded PEM text: the certificates in their order, and what cryptographic checks found. */
export interface CertificateChain {
  readonly certificates: readonly [Certificate, ...Certificate[]];
  /** Index of the certificate that the private key belongs to; -1 when it belongs to none. */
  readonly keyOf: number;
  /** For each certificate but the last, whether the next one issued it. */
  readonly issuedByNext: readonly boolean[];
}

const day = 24 * 60 * 60 * 1000;
/** How many days before its end warnings about a certificate begin. */
const warnedDays = 30;

export interface Verdict {
  /** Why the certificate must not be used, and what to do, as a predicate: "holds …". */
  readonly fault?: string;
  /** What will become a fault, also as a predicate. */
  readonly warning?: string;
}

/**
 * Whether a server can use the certificates. The key has to fit the first, each has to be issued by the next, and all
 * must be valid at `now` (milliseconds since 1970). A root at the end is not checked, as clients use their own copy.
 */
export function judgeChain({ certificates, keyOf, issuedByNext }: CertificateChain, now: number): Verdict {
  if (keyOf < 0) {
    return { fault: "holds a private key that does not belong to its certificate; put the pair there" };
  }
  if (keyOf > 0) {
    return {
      fault: `holds a private key that belongs to its ${ordinal(keyOf)} certificate; put that one first`,
    };
  }
  const unlinked = issuedByNext.indexOf(false);
  if (unlinked >= 0) {
    return {
      fault: `holds a chain out of order: its ${ordinal(unlinked)} certificate is not issued by its ` +
        `${ordinal(unlinked + 1)}; put the server's first and behind each the one that issued it`,
    };
  }
  const judged = certificates.map((certificate, index) => ({ ...certificate, index }))
    .filter(({ selfIssued, index }) => index === 0 || !selfIssued);
  const [fault] = judged.flatMap((certificate) => findTimeFault(certificate, now) ?? []);
  return fault === undefined ? { warning: warnOfEnd(judged, now) } : { fault };
}

type Placed = Certificate & { readonly index: number };

function findTimeFault({ notBefore, notAfter, index }: Placed, now: number): string | undefined {
  const its = `holds a certificate (the ${ordinal(index)} in it) that`;
  if (now > notAfter) {
    return `${its} expired at ${time(notAfter)}; put a renewed one there, or remove it`;
  }
  if (now < notBefore) {
    return `${its} is not valid before ${time(notBefore)}, and this machine's clock says ${time(now)}; ` +
      "set the clock, or wait, or remove it";
  }
}

function warnOfEnd(certificates: readonly Placed[], now: number): string | undefined {
  const [first] = certificates.toSorted((a, b) => a.notAfter - b.notAfter);
  if (!first) return undefined;
  const days = Math.floor((first.notAfter - now) / day);
  if (days >= warnedDays) return undefined;
  return `holds a certificate (the ${ordinal(first.index)} in it) that expires in ${days} ` +
    `${days === 1 ? "day" : "days"}, at ${time(first.notAfter)}; renew it`;
}

function ordinal(index: number): string {
  return ["first", "second", "third"][index] ?? `${index + 1}th`;
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+/, "");
}

/** One `-----BEGIN LABEL-----` … `-----END LABEL-----` of a PEM text. */
export interface PemBlock {
  readonly label: string;
  /** Between the two lines: base64, behind headers in the encrypted keys of old. */
  readonly body: string;
  /** All of it, without carriage returns and empty lines. */
  readonly text: string;
}

/** The blocks of a PEM text, in order. Text between them is a comment. */
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

const encryptedKey = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

/** Whether a PEM text holds a private key that can be used without a passphrase. */
export function holdsPrivateKey(pem: string): boolean {
  return privateKeyBlock(pem) !== undefined && !encryptedKey.test(pem);
}

/**
 * What a PEM text lacks that HAProxy needs for TLS, with what to do about it; undefined when it lacks nothing. It
 * decodes nothing, and never quotes the text.
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
