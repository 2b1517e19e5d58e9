/** Options of `server` and `bind` lines that stand alone (sections 5.1 and 5.2 of the manual); others take a value. */
const alone = new Set(
  ("accept-proxy allow-0rtt defer-accept expose-fd force-sslv3 force-tlsv10 force-tlsv11 force-tlsv12 force-tlsv13 " +
    "generate-certificates no-alpn no-ca-names no-sslv3 no-tls-tickets no-tlsv10 no-tlsv11 no-tlsv12 no-tlsv13 " +
    "prefer-client-ciphers quic-force-retry ssl strict-sni tfo transparent v4v6 v6only agent-check allow-0rtt backup " +
    "check check-send-proxy check-ssl check-via-socks4 disabled enabled no-backup no-check no-check-ssl no-send-proxy " +
    "no-send-proxy-v2 no-send-proxy-v2-ssl no-ssl no-ssl-reuse no-tfo no-verifyhost non-stick send-proxy " +
    "send-proxy-v2 send-proxy-v2-ssl send-proxy-v2-ssl-cn ssl-reuse stick tls-tickets").split(" "),
);

/** The options of a `server` or `bind` line, each with its value, in their order. */
export function readOptions(words: readonly string[]): string[] {
  const options: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const value = alone.has(word) ? undefined : words[at + 1];
    options.push(value === undefined ? word : `${word} ${value}`);
    if (value !== undefined) at++;
  }
  return options;
}
