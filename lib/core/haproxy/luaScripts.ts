import getconfig from "../../../lua/getconfig.lua" with { type: "text" };
import getmaps from "../../../lua/getmaps.lua" with { type: "text" };
import getpids from "../../../lua/getpids.lua" with { type: "text" };
import mlbpage from "../../../lua/mlbpage.lua" with { type: "text" };
import mlbstatus from "../../../lua/mlbstatus.lua" with { type: "text" };
import signalmlb from "../../../lua/signalmlb.lua" with { type: "text" };
import statscsv from "../../../lua/statscsv.lua" with { type: "text" };

/** The Lua scripts behind the endpoints on port 9090, by the name of the file that `lua-load` expects. */
export const luaScripts: Readonly<Record<string, string>> = {
  "getpids.lua": getpids,
  "getconfig.lua": getconfig,
  "getmaps.lua": getmaps,
  "signalmlb.lua": signalmlb,
  "mlbstatus.lua": mlbstatus,
  "mlbpage.lua": mlbpage,
  "statscsv.lua": statscsv,
};

/**
 * The environment variables that a configuration reads, each once: `"$NAME"`, `"${NAME}"` and `env(NAME)`. May find
 * more than HAProxy reads, for example in a quoted regular expression.
 */
export function environmentNames(text: string): string[] {
  const found = text.matchAll(/\$\{?([A-Za-z_]\w*)|\benv\(\s*"?([A-Za-z_]\w*)/g);
  return [...new Set([...found].map(([, variable, fetched]) => (variable ?? fetched)!))];
}
