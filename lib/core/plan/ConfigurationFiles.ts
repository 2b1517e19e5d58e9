import type { ConfigurationMaps } from "../render/Configuration.ts";

/** What lies on the disk for HAProxy: the texts of the configuration and of the maps beside it. */
export interface ConfigurationFiles {
  readonly text: string;
  readonly maps: ConfigurationMaps;
}
