import type { Moves } from "../model/moveTasks.ts";
import { assembled } from "./assembled.ts";
import type { Chunk, Configuration } from "./Configuration.ts";
import { Moderniser } from "./Moderniser.ts";
import { nameServices } from "./nameServices.ts";
import type { RenderContext } from "./RenderContext.ts";
import { renderBackend } from "./renderBackend.ts";

/**
 * A configuration in which some services have other tasks: their backends are rendered, everything else is as it was.
 *
 * @throws {RangeError} when a template in the labels of one cannot be rendered
 */
export function moveBackends(
  configuration: Configuration,
  moves: Moves,
  context: RenderContext,
): Configuration {
  const chunks = configuration.chunks.map((chunk): Chunk => {
    const after = chunk.service && moves.get(chunk.service);
    if (!after) return chunk;
    if (!chunk.backend) return { ...chunk, service: after };
    // A backend knows its own name only, and no ACL of a frontend.
    const names = nameServices([after]).get(after)!;
    const text = new Moderniser(after).bring(renderBackend(after, names, context));
    return { ...chunk, service: after, text };
  });
  const { maps, problems } = configuration;
  return assembled({ chunks, maps, problems });
}
