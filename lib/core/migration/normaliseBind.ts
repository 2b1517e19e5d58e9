import { readOptions } from "./readOptions.ts";

/**
 * A `bind` line with its options in one order. Certificates keep theirs: HAProxy takes the first for clients that name no
 * host; but those of the abstract sockets of grouped HTTPS had none in the old one.
 */
export function normaliseBind([keyword = "", address = "", ...words]: readonly string[]): string {
  const options = readOptions(words);
  const certificates = options.filter((option) => option.startsWith("crt "));
  if (address.startsWith("abns@")) certificates.sort();
  const last = options.filter((option) => option.startsWith("alpn "));
  const others = options.filter((option) => !certificates.includes(option) && !last.includes(option)).sort();
  return [keyword, address, ...others, ...certificates, ...last].join(" ");
}
