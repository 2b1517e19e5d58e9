import process from "node:process";
import { fetchText } from "./fetchText.ts";

/**
 * Ends the HAProxy that still answers on the demo's own statistics port: one whose marathon-lb was killed.
 *
 * @param admin the port
 */
export async function killLeftoverHaproxy(admin: number): Promise<void> {
  const pids = await fetchText(`http://127.0.0.1:${admin}/_haproxy_getpids`) ?? "";
  for (const pid of pids.match(/\d+/g) ?? []) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}
