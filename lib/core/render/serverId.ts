import { createHash } from "node:crypto";

/** Ids run from 1 to 32766, so that every HAProxy can hold them. */
const ids = 32767;

/**
 * A number for a server that stays the same as long as its backend has no other server of the same hash.
 *
 * @param taken the ids of the servers before it in its backend; the new one is added
 */
export function serverId(name: string, taken: Set<number>): number {
  let text = name;
  while (true) {
    const hash = createHash("sha256").update(text).digest();
    const id = hash.reduce((remainder, byte) => (remainder * 256 + byte) % ids, 0);
    if (id !== 0 && !taken.has(id)) {
      taken.add(id);
      return id;
    }
    text = `${text} ${hash.toString("hex")}`;
  }
}
