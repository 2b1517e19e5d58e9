/** A `server` line, as far as a server that is added at run time can be like it. */
export interface ServerLine {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** Everything behind the address but `disabled`, as it stands there. */
  readonly options: readonly string[];
  /** Whether it starts in maintenance. */
  readonly disabled: boolean;
}

const line = /^\s+server\s+(\S+)\s+(\d+\.\d+\.\d+\.\d+):(\d+)((?:\s+\S+)*)\s*$/;

/** Reads a `server` line; undefined where quotes, variables or a name in the place of the address need HAProxy itself. */
export function parseServerLine(text: string): ServerLine | undefined {
  const match = line.exec(text);
  if (!match || /["'\\$#]/.test(text)) return undefined;
  const [, name = "", address = "", port, rest = ""] = match;
  const words = rest.split(/\s+/).filter((word) => word !== "");
  const options = words.filter((word) => word !== "disabled");
  return { name, address, port: Number(port), options, disabled: options.length < words.length };
}

export function isServerLine(text: string): boolean {
  return /^\s+server\s/.test(text);
}
