import { parseBindAddress } from "./parseBindAddress.ts";

/** `ADDR:PORT`, also written `http://ADDR:PORT` as the reference's `--listening` was; else undefined. */
export function readListenAddress(text: string): string | undefined {
  const address = text.replace(/^http:\/\/([^/]*)\/?$/, "$1");
  return parseBindAddress(address) && address;
}
