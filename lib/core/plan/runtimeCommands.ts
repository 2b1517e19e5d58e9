import type { RuntimePlan } from "./Plan.ts";
import type { MapChange } from "./planMaps.ts";
import type { ServerChange } from "./ServerChange.ts";

/** One line for a worker of HAProxy, and how its answer begins when all is well; empty for no answer at all. */
export interface RuntimeCommand {
  readonly text: string;
  readonly expect: string;
}

/** Servers in a file pool the connections they keep; added ones would not (management guide, "add server"). */
const pooling = ["pool-max-conn", "-1", "pool-purge-delay", "5s"];

/**
 * The commands of a plan, in their order: maps last, because what they lead to has to be there.
 *
 * @param haproxyDir directory of the maps, as the configuration names it
 */
export function runtimeCommands(
  { changes, maps }: Pick<RuntimePlan, "changes" | "maps">,
  haproxyDir: string,
): RuntimeCommand[] {
  // What comes stands first: a backend whose only server moves is never without one.
  const coming = changes.filter(({ kind }) => kind !== "remove" && kind !== "disable");
  const going = changes.filter(({ kind }) => kind === "remove" || kind === "disable");
  return [...coming, ...going].flatMap(serverCommands).concat(
    maps.map((change) => mapCommand(change, haproxyDir)),
  );
}

function serverCommands(change: ServerChange): RuntimeCommand[] {
  const { kind, backend, server: { name, address, port, options, disabled } } = change;
  const server = `${backend}/${name}`;
  const quiet = (text: string): RuntimeCommand => ({ text, expect: "" });
  if (kind === "remove" || kind === "disable") return [quiet(`set server ${server} state maint`)];
  if (kind === "enable") return [quiet(`set server ${server} state ready`)];
  if (kind === "return") return disabled ? [] : [quiet(`set server ${server} state ready`)];
  const words = [...options, ...options.some((word) => word.startsWith("pool-")) ? [] : pooling];
  const commands: RuntimeCommand[] = [{
    text: `add server ${server} ${address}:${port} ${words.join(" ")}`,
    expect: "New server registered.",
  }];
  if (!disabled) commands.push(quiet(`enable server ${server}`));
  if (options.includes("check")) commands.push(quiet(`enable health ${server}`));
  return commands;
}

function mapCommand({ file, kind, key, value }: MapChange, haproxyDir: string): RuntimeCommand {
  return { text: `${kind} map ${haproxyDir}/${file} ${key} ${value}`.trimEnd(), expect: "" };
}
