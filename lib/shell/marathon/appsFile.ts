import { resolve } from "node:path";
import type { App } from "../../core/marathon/app.ts";
import type { Cluster } from "../../core/marathon/cluster.ts";
import { joinApps, joinStaticFiles, type StaticFile } from "../../core/marathon/staticApps.ts";
import { readSnapshot, type Snapshot } from "../../core/validate/definitions.ts";
import { JsonTextError } from "../../core/validate/jsonText.ts";
import type { Logger } from "../log/logger.ts";
import { readNamedFile } from "../system/files.ts";
import type { MarathonClient } from "./client.ts";

/** Where apps come from, once: Marathon, or a file in its place. */
export type AppListing = Pick<MarathonClient, "apps" | "close">;

/**
 * A recorded answer of Marathon's in the place of a Marathon. `apps` rejects with an `Error` of one line, which names line and
 * column where the file is no JSON.
 *
 * @param origin the flag that names the file
 */
export function openAppsFile(path: string, origin: string, logger: Logger): AppListing {
  return {
    async apps(signal): Promise<Cluster> {
      const text = await readNamedFile(path, origin);
      signal.throwIfAborted();
      const { cluster, hasTasks } = readOrExplain(text, path, origin);
      if (!hasTasks) {
        logger.warning(
          `${path} has no tasks, so nothing in it is served; record it with "/v2/apps?embed=apps.tasks"`,
        );
      }
      return cluster;
    },
    close() {/* nothing is open */},
  };
}

function readOrExplain(
  text: string,
  path: string,
  origin: string,
  ...how: [known?: ReadonlyMap<string, App>, source?: string]
): Snapshot {
  try {
    return readSnapshot(text, ...how);
  } catch (error) {
    if (error instanceof JsonTextError) throw new Error(`${origin}: ${describeNoJson(path, error)}`);
    if (!(error instanceof TypeError)) throw error;
    throw new Error(`${origin}: ${resolve(path)} has no apps: ${error.message}`);
  }
}

/** What messages call a file of `--static-apps`. */
const staticOrigin = "--static-apps";

/**
 * The apps of a text of `--static-apps`.
 *
 * @param known apps as they were before: those that say the same are kept as the objects they were
 * @throws {Error} of one line when there are none in it
 */
export function readStaticApps(text: string, path: string, known?: ReadonlyMap<string, App>): Snapshot {
  return readOrExplain(text, path, staticOrigin, known, path);
}

/**
 * Marathon's apps with those of files, once.
 *
 * @param paths of `--static-apps`
 * @throws {Error} of one line when a file has no apps: there are no last good ones
 */
export async function addStaticApps(marathon: Cluster, paths: readonly string[]): Promise<Cluster> {
  if (paths.length === 0) return marathon;
  const files: StaticFile[] = [];
  for (const path of paths) {
    const { cluster } = readStaticApps(await readNamedFile(path, staticOrigin), path);
    files.push({ path, cluster });
  }
  return joinApps(marathon, joinStaticFiles(files), new Set()).cluster;
}

/** Where a file is no JSON, and why: one line. */
export function describeNoJson(path: string, { place, message }: JsonTextError): string {
  return `${path} is not JSON: line ${place.line}, column ${place.column}: ${message}`;
}
