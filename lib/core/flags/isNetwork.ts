import { isIpv4, isIpv6 } from "./parseBindAddress.ts";

/** Whether `text` is a network in CIDR notation, or one address. */
export function isNetwork(text: string): boolean {
  const [, address = "", bits = "0"] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  return isIpv4(address) ? Number(bits) <= 32 : isIpv6(address) && Number(bits) <= 128;
}
