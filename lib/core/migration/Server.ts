import { normaliseTime } from "./normaliseTime.ts";
import { readOptions } from "./readOptions.ts";
import type { Directive } from "./Section.ts";

/** A `server` line. */
export interface Server {
  readonly name: string;
  /** Host and port, or a socket. */
  readonly address: string;
  /** In one order, each once; times in one unit. */
  readonly options: readonly string[];
  /** Whether it takes no new requests. */
  readonly disabled: boolean;
}

const times = /^(inter|fastinter|downinter|slowstart|agent-inter) (.*)$/;

export function readServer({ words: [, name = "", address = "", ...words] }: Directive): Server {
  const options = readOptions(words).map((option) =>
    option.replace(times, (_, key, value) => `${key} ${normaliseTime(value)}`)
  );
  return {
    name,
    address,
    options: [...new Set(options)].filter((option) => option !== "disabled").sort(),
    disabled: options.includes("disabled"),
  };
}
