import type { ControlRoutes } from "../haproxy/ControlServer.ts";

/** What HAProxy's Lua scripts can ask of us, for `/_mlb_signal/hup` and `/_mlb_signal/usr1`. */
export function controlRoutes(tick: (reason: string) => void): ControlRoutes {
  const deliver = (signal: string) => () => {
    tick(signal);
    return { status: 200, type: "text/plain", body: `${signal} delivered\n` };
  };
  return { "POST /signal/hup": deliver("SIGHUP"), "POST /signal/usr1": deliver("SIGUSR1") };
}
