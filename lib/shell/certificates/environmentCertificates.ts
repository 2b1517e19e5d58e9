import { join } from "node:path";

/** A PEM text that came in an environment variable, and the file it belongs in. */
export interface EnvironmentCertificate {
  variable: string;
  pem: string;
  path: string;
}

/** `HAPROXY_SSL_CERT0` to `HAPROXY_SSL_CERT100` are read. */
const highestNumber = 100;

/**
 * The certificates of `HAPROXY_SSL_CERT` (`cert.pem`) and `HAPROXY_SSL_CERT0` … `100` (`cert0.pem` …), in this order.
 * `\n` escapes are expanded, because many ways to set a variable take one line only; an empty variable counts as not set.
 */
export function environmentCertificates(
  environment: Readonly<Record<string, string | undefined>>,
  certDir: string,
): EnvironmentCertificate[] {
  const suffixes = ["", ...Array.from({ length: highestNumber + 1 }, (_, number) => String(number))];
  return suffixes.flatMap((suffix) => {
    const variable = `HAPROXY_SSL_CERT${suffix}`;
    const text = environment[variable]?.trim();
    if (!text) return [];
    const pem = text.replaceAll(/(?:\\r)?\\n/g, "\n").trimEnd() + "\n";
    return [{ variable, pem, path: join(certDir, `cert${suffix}.pem`) }];
  });
}
