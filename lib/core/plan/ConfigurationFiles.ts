import type { ConfigurationMaps } from "../render/Configuration.ts";

/** What lies on the disk for HAProxy: the texts of the configuration and of the maps beside it. */
export interface ConfigurationFiles {
  readonly text: string;
  /** The pieces of `text`, where it is made of some: of a large one they are compared and written as they are. */
  readonly chunks?: readonly { readonly text: string }[];
  readonly maps: ConfigurationMaps;
}
