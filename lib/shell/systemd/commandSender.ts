import { execFile } from "node:child_process";
import type { NotifySender } from "./NotifySender.ts";

/**
 * Sends notifications by running systemd's `systemd-notify`, which waits until the manager has taken them. They come from
 * a child of this process: the manager takes them with `NotifyAccess=all` only (systemd.service(5)).
 *
 * @param program its path
 * @param address the socket, as NOTIFY_SOCKET has it
 */
export function commandSender(program: string, address: string): NotifySender {
  return {
    how: `${program}, which needs NotifyAccess=all in the unit`,
    send: (assignments, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const env = { NOTIFY_SOCKET: address };
        execFile(program, assignments, { env, signal, killSignal: "SIGKILL" }, (error, _stdout, stderr) => {
          if (signal.aborted) reject(signal.reason);
          else if (error) reject(new Error(`${program} failed: ${stderr.trim() || error.message}`));
          else resolve();
        });
      }),
    close() {/* nothing is open between two of them */},
  };
}
