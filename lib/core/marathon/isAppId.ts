/**
 * Whether a text can be an app's id: a path of the characters that HAProxy allows in the name of a section
 * (configuration manual, section 4, "proxies"), because backends are named after apps.
 */
export function isAppId(text: string): boolean {
  return /^\/[A-Za-z0-9._:/-]+$/.test(text);
}
