import type { Configuration } from "../../../../lib/core/render/configuration.ts";

/** A configuration of this text, with `vhostMap` as one of its maps. */
export function configurationOf(text: string, vhostMap = ""): Configuration {
  return {
    text,
    chunks: [{ text }],
    maps: { "domain2backend.map": vhostMap, "app2backend.map": "" },
    problems: [],
  };
}
