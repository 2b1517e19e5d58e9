import type { Moves } from "../model/moveTasks.ts";
import type { Service } from "../model/service.ts";
import { assembled, type Chunk, type ChunkPlaces, type Configuration } from "./configuration.ts";
import { backendOf, Moderniser } from "./service.ts";
import { nameServices } from "./names.ts";
import type { RenderContext } from "./context.ts";
import { backendChunk, Bodies } from "./bodies.ts";

/**
 * The configuration after the tasks of some services changed: only their backends are rendered. Undefined if a
 * service's templates cannot be rendered with its tasks, or yield other notes.
 */
export function moveBackends(
  configuration: Configuration,
  moves: Moves,
  context: RenderContext,
): Configuration | undefined {
  const places = configuration.places ?? findPlaces(configuration.chunks);
  const chunks = [...configuration.chunks];
  const changed: number[] = [];
  const bodies = new Bodies(chunks[0]?.text ?? "");
  for (const [before, after] of moves) {
    const own = places.get(before.appId)?.filter((place) => chunks[place]!.service === before) ?? [];
    if (!own.some((place) => chunks[place]!.backend)) return undefined;
    for (const place of own) {
      const chunk = chunks[place]!;
      const moved = chunk.backend
        ? moveBackend(before, after, bodies, context)
        : { ...chunk, service: after };
      // With another body, there may be a section that comes or goes.
      if (!moved || moved.body !== chunk.body) return undefined;
      chunks[place] = moved;
      changed.push(place);
    }
  }
  changed.sort((a, b) => a - b);
  const { maps, problems } = configuration;
  return assembled({
    chunks,
    maps,
    problems,
    places,
    changed: { from: configuration.chunks, places: changed },
  });
}

function findPlaces(chunks: readonly Chunk[]): ChunkPlaces {
  const places = new Map<string, number[]>();
  for (const [place, { service }] of chunks.entries()) {
    if (!service) continue;
    const known = places.get(service.appId);
    if (known) known.push(place);
    else places.set(service.appId, [place]);
  }
  return places;
}

function moveBackend(
  before: Service,
  after: Service,
  bodies: Bodies,
  context: RenderContext,
): Chunk | undefined {
  try {
    const { warnings, ...rendered } = renderAlone(after, context);
    // Notes on lines may quote them, and so name tasks.
    const same = after.templates.size === 0 ||
      warnings.join("\n") === renderAlone(before, context).warnings.join("\n");
    return same ? backendChunk(rendered, bodies) : undefined;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return undefined;
  }
}

function renderAlone(service: Service, context: RenderContext) {
  // A backend uses its own name only, and no ACL of a frontend.
  const names = nameServices([service]).get(service)!;
  const modern = new Moderniser(service);
  const backend = backendOf(service, names, modern, context);
  return { service, names, ...backend, warnings: modern.warnings };
}
