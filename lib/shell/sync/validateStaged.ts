import type { ConfigurationFiles } from "../../core/plan/ConfigurationFiles.ts";
import type { ConfigurationStore } from "../configuration/ConfigurationStore.ts";
import type { Validation } from "../haproxy/validateConfiguration.ts";
import type { Validate } from "./Synchroniser.ts";

/** Has HAProxy check files where nothing that runs reads them, and leaves nothing of them behind. */
export async function validateStaged(
  files: ConfigurationFiles,
  { store, validate }: { store: ConfigurationStore; validate: Validate },
  signal: AbortSignal,
): Promise<Validation> {
  try {
    return await validate(await store.stage(files), signal);
  } finally {
    await store.discardStaged();
  }
}
