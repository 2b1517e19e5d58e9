import type { Certificate, CertificateChain } from "./CertificateChain.ts";

const day = 24 * 60 * 60 * 1000;
/** From so many days before its end on, a certificate is warned about. */
const warnedDays = 30;

export interface Verdict {
  /** Why the certificate must not be used, and what to do, as a predicate: "holds …". */
  readonly fault?: string;
  /** What is going to be a fault, likewise. */
  readonly warning?: string;
}

/**
 * Whether a server can use the certificates: the key fits the first, each is issued by the next, and all are valid at
 * `now` (milliseconds since 1970). A root at the end is not looked at, as clients use the one they have.
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
    return `${its} expired at ${time(notAfter)}; put a renewed one there, or take it out`;
  }
  if (now < notBefore) {
    return `${its} is not valid before ${time(notBefore)}, and this machine's clock says ${time(now)}; ` +
      "set the clock, or wait, or take it out";
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
