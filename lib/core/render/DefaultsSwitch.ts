import type { Chunk } from "./Configuration.ts";

/** Under a section's first line: everything up to the next line that starts in the first column. */
const defaultsSection = /^defaults[ \t]*\n(?:(?:[ \t#].*)?\n)*/gm;
const httpOnly = /^[ \t]+option[ \t]+idle-close-on-response[ \t]*\n/m;

/**
 * Repeats the `defaults` of `HEAD` where frontends change their mode. HAProxy warns at every start and reload of each
 * TCP frontend for which the defaults hold `option idle-close-on-response`, and without that option reloads reset
 * keep-alive connections of HTTP frontends (configuration manual, section 4.2).
 */
export class DefaultsSwitch {
  readonly #texts: Readonly<Record<"http" | "tcp", string>> | undefined;
  #mode: "http" | "tcp" = "http";

  /** @param head the rendered `HEAD`; without that option in its last `defaults` nothing is ever repeated */
  constructor(head: string) {
    const http = head.match(defaultsSection)?.at(-1);
    if (http !== undefined && httpOnly.test(http)) {
      this.#texts = { http: `\n${http.trimEnd()}\n`, tcp: `\n${http.replace(httpOnly, "").trimEnd()}\n` };
    }
  }

  /** What has to stand before a frontend of this mode. */
  before(mode: "http" | "tcp"): Chunk[] {
    if (!this.#texts || mode === this.#mode) return [];
    this.#mode = mode;
    return [{ text: this.#texts[mode] }];
  }
}
