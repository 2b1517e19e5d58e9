import { chown, readFile } from "node:fs/promises";
import { existsSync, readdirSync } from "node:fs";
import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import process from "node:process";
import type { Bench } from "./Bench.ts";

/** A user and a group without rights: `nobody` of most systems. Nobody else's files belong to them. */
export const nobody = 65_534;

/** CAP_NET_BIND_SERVICE of capabilities(7), as the bits of `CapEff`. */
export const bindService = "0000000000000400";

const setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].find((path) => existsSync(path));

/** Why nothing can be started as another user here; undefined where it can. */
export const whyNoOtherUser = process.getuid?.() !== 0
  ? "only root can start programs as another user"
  : setpriv === undefined
  ? "there is no setpriv (of util-linux)"
  : undefined;

/** Lets a bench start programs as `nobody`, with no capability but these, for good: `+net_bind_service`. */
export async function dropPrivileges(bench: Bench, ...kept: readonly string[]): Promise<void> {
  for (const name of ["", "cwd"]) await chown(bench.path(name), nobody, nobody);
  const set = ["-all", ...kept].join(",");
  const sets = ["inh-caps", "ambient-caps", "bounding-set"].map((name) => `--${name}=${set}`);
  const ids = [`--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups"];
  bench.launcher = [setpriv!, ...ids, ...sets, "--no-new-privs", "--"];
}

/** A line of a process's status in procfs. */
export async function statusOf(pid: number, field: string): Promise<string> {
  const text = await readFile(`/proc/${pid}/status`, "utf8");
  return new RegExp(`^${field}:[ \\t]*(.*?)[ \\t]*$`, "m").exec(text)![1]!;
}

/** The lowest port that needs no privilege here (ip_unprivileged_port_start): 0 in many containers. */
export async function firstFreeForAll(): Promise<number> {
  return Number(await readFile("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8"));
}

const given = new Set<number>();

/** A port of 127.0.0.1 below 1024 that nobody listens on, and that no other caller was given. */
export async function lowPort(): Promise<number> {
  while (true) {
    const port = randomInt(600, 1024);
    if (given.has(port) || !await isFree(port)) continue;
    given.add(port);
    return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** Every file under a directory of the bench, with its path from there. */
export function everythingIn(bench: Bench, names: readonly string[]): string[] {
  return names.flatMap((name) => [
    name,
    ...readdirSync(bench.path(name), { recursive: true, encoding: "utf8" }).map((path) => `${name}/${path}`),
  ]);
}
