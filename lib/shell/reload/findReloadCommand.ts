import { access } from "node:fs/promises";

/** How each init system reloads HAProxy, by a file that is there when it looks after HAProxy. */
const initSystems = [
  { file: "/etc/init/haproxy.conf", command: ["reload", "haproxy"] },
  { file: "/usr/lib/systemd/system/haproxy.service", command: ["systemctl", "reload", "haproxy"] },
  { file: "/lib/systemd/system/haproxy.service", command: ["systemctl", "reload", "haproxy"] },
  { file: "/etc/systemd/system/haproxy.service", command: ["systemctl", "reload", "haproxy"] },
  { file: "/etc/init.d/haproxy", command: ["/etc/init.d/haproxy", "reload"] },
] as const;

/** The command of the init system that runs HAProxy on this machine (Upstart, systemd, sysvinit); undefined without. */
export async function findReloadCommand(): Promise<readonly string[] | undefined> {
  for (const { file, command } of initSystems) {
    if (await access(file).then(() => true, () => false)) return command;
  }
  return undefined;
}
