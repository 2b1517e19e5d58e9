import type { NetworkingMode } from "./App.ts";
import { type JsonObject, listOf, objectOf, textOf } from "./Json.ts";

/**
 * The networking mode of an app as Marathon sent it. Old ways of saying it come first, `networks` (Marathon 1.5)
 * wins; modes cannot be mixed, so its last entry speaks for all.
 */
export function readNetworkingMode(app: JsonObject): NetworkingMode {
  let mode: NetworkingMode = "host";
  if (Object.keys(objectOf(app.ipAddress)).length > 0) mode = "container";

  const network = objectOf(objectOf(app.container).docker).network;
  if (network === "USER") mode = "container";
  else if (network === "BRIDGE") mode = "container/bridge";

  const last = listOf(app.networks).at(-1);
  return last === undefined ? mode : textOf(objectOf(last).mode) ?? "container";
}
