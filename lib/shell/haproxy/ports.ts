import { Buffer } from "node:buffer";
import { open, readdir, readFile, readlink } from "node:fs/promises";
import { createServer } from "node:net";
import { type BindAddress, mostPorts, type NewBind } from "../../core/admission/binds.ts";
import { processIdentity } from "./processes.ts";

/** A port that cannot be had, and why. */
export interface TakenPort extends NewBind {
  readonly reason: string;
}

/**
 * Which of these ports cannot be bound. They are tested one after the other, as each test takes a file descriptor.
 *
 * @param haproxy the processes of our HAProxy, its master first. New workers inherit what they listen on, and the
 * master opens what is new. Without a master, a privileged port that all services share counts as free. HAProxy's file
 * may have the capability, and its start shows that.
 */
export async function findTakenPorts(
  binds: readonly NewBind[],
  haproxy: readonly number[],
): Promise<TakenPort[]> {
  const [master] = haproxy;
  const taken: TakenPort[] = [];
  const excessive: TakenPort[] = [];
  for (const bind of binds) {
    if (bind.excessive) {
      excessive.push({ ...bind, reason: `it needs more than ${mostPorts} ports` });
      continue;
    }
    const fault = await testBind(bind.address);
    if (!fault) continue;
    if (fault.forbidden && (master === undefined ? !bind.service : await mayBind(master))) continue;
    taken.push({ ...bind, reason: fault.reason });
  }
  if (taken.length === 0) return excessive;
  const own = await listeningPorts(haproxy);
  return [...excessive, ...taken.filter(({ address }) => !own.has(address.port))];
}

/** Adds to the reasons of taken ports which processes have them, where a reason names only another process. */
export async function nameTakers(taken: readonly TakenPort[]): Promise<TakenPort[]> {
  const listeners = taken.length > 0 ? await readListeners() : [];
  const found = new Map(taken.map((port) => [port, findTaker(port.address, listeners)]));
  const holders = await describeHolders(new Set([...found.values()].flatMap((taker) => taker?.inode ?? [])));
  return taken.map((port) => {
    const holder = holders.get(found.get(port)?.inode ?? "") ?? unseen;
    return { ...port, reason: port.reason.replace(anotherProcess, holder) };
  });
}

function findTaker(address: BindAddress, listeners: readonly Listener[]): Listener | undefined {
  const sought = { ...address, host: canonicalAddress(address.host) };
  // A socket of version 6 may have the port of version 4 too.
  return listeners.find((one) => isSameAddress(one, sought)) ??
    listeners.find(({ port }) => port === sought.port);
}

/** Whether a process may open privileged ports. A process whose capabilities are unknown counts as privileged. */
async function mayBind(pid: number): Promise<boolean> {
  const bits = await effectiveCapabilities(pid);
  return bits === undefined || (bits & capabilities.bindService) !== 0n;
}

/** Why a port cannot be opened. */
export interface BindFault {
  readonly reason: string;
  /** It is this process that may not. HAProxy may, where its file has a capability of its own. */
  readonly forbidden: boolean;
}

/** Of what has the port; `nameTakers` puts a name in its place. */
export const anotherProcess = "another process";
const notHere = "cannot be opened: this machine does not have that address";

/** What HAProxy would fail of as well; with EACCES unless it may do more than this process. */
const faults: Readonly<Record<string, string>> = {
  EADDRINUSE: `is taken by ${anotherProcess}`,
  EADDRNOTAVAIL: notHere,
  // What Deno makes of it.
  EINVAL: notHere,
  EACCES:
    "may not be opened by HAProxy: give marathon-lb the capability CAP_NET_BIND_SERVICE, or choose a port from 1024 on",
};

/** Opens a port and closes it again at once. Resolves to what is wrong with it; undefined when nothing is. */
export function testBind({ host, port, ipv6Only }: BindAddress): Promise<BindFault | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", ({ code = "" }: NodeJS.ErrnoException) => {
      const fault = faults[code];
      const forbidden = code === "EACCES";
      resolve(fault === undefined ? undefined : { reason: `port ${port} of ${host} ${fault}`, forbidden });
    });
    server.listen({ host, port, ipv6Only, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** A TCP socket that listens, of whatever process. */
export interface Listener {
  /** As `BindAddress` has it: an IP address, with `0.0.0.0` or `::` for all of its version. */
  readonly host: string;
  readonly port: number;
  /** Tells the socket from others: processes that share it have the same. */
  readonly inode: string;
}

/**
 * A line of a socket that listens, as proc_net(5) has it: slot, local address and port, remote address, state, queues,
 * timer, retransmits, user, timeout, inode.
 */
const listening = /^ *\d+: ([0-9A-F]+):([0-9A-F]+) \S+ 0A \S+ \S+ \S+ +\d+ +\d+ (\d+)/;

/** All that listen in our network namespace; empty where the system has no `/proc`. */
export async function readListeners(): Promise<Listener[]> {
  const tables = await Promise.all(["tcp", "tcp6"].map((name) => listeningPart(`/proc/net/${name}`)));
  // Ten thousand services listen at a few addresses.
  const hosts = new Map<string, string>();
  return tables.flat().map(([, address = "", port = "", inode = ""]) => {
    let host = hosts.get(address);
    if (host === undefined) hosts.set(address, host = decodeAddress(address));
    return { host, port: parseInt(port, 16), inode };
  });
}

/** The TCP ports that these processes listen on, at whatever address; empty where the system has no `/proc`. */
export async function listeningPorts(pids: readonly number[]): Promise<Set<number>> {
  const sockets = new Set((await Promise.all(pids.map(socketsOf))).flatMap((inodes) => inodes ?? []));
  const listeners = await readListeners();
  return new Set(listeners.flatMap(({ inode, port }) => sockets.has(inode) ? [port] : []));
}

/** The inodes of the sockets a process has open; undefined where they cannot be seen, or the process has ended. */
export async function socketsOf(pid: number): Promise<string[] | undefined> {
  const directory = `/proc/${pid}/fd`;
  const names = await readdir(directory).catch(() => undefined);
  const targets = names?.map((name) => readlink(`${directory}/${name}`).catch(() => ""));
  return targets &&
    (await Promise.all(targets)).flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []);
}

/** What is said of a process that `describeHolders` does not find. */
export const unseen = "another process that is not visible here (of another user or container)";

/**
 * The processes that have these sockets, as in "process 12 (nginx)", by inode. Of several the one that has
 * run longest: a process inherits sockets, until it is another program. A process of another user or container cannot be seen.
 */
export async function describeHolders(inodes: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
  const holders = new Map<string, string>();
  const names = inodes.size > 0 ? await readdir("/proc").catch(() => []) : [];
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const begun = new Map(pids.map((pid) => [pid, Number(processIdentity(pid) ?? Infinity)]));
  for (const pid of pids.sort((a, b) => Math.sign(begun.get(a)! - begun.get(b)!) || a - b)) {
    const found = (await socketsOf(pid) ?? []).filter((inode) => inodes.has(inode) && !holders.has(inode));
    if (found.length === 0) continue;
    const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "");
    for (const inode of found) holders.set(inode, `process ${pid} (${name.trim()})`);
    if (holders.size === inodes.size) break;
  }
  return holders;
}

/** Whether what listens at one of these addresses gets in the way of the other. */
export function isSameAddress(a: Omit<Listener, "inode">, b: Omit<Listener, "inode">): boolean {
  const isWildcard = ({ host }: { host: string }) => host === "0.0.0.0" || host === "::";
  if (a.port !== b.port) return false;
  return a.host === b.host || isWildcard(a) && isSameFamily(a, b) || isWildcard(b) && isSameFamily(a, b);
}

function isSameFamily(a: { host: string }, b: { host: string }): boolean {
  return a.host.includes(":") === b.host.includes(":");
}

/** More than the kernel writes at a time: a page. */
const pieceLength = 16_384;

/**
 * The lines of sockets that listen. They come first: behind them may be those of a hundred thousand connections. Reads
 * by the piece, as an iterator of lines costs several times as much, and the table is read every few seconds.
 */
async function listeningPart(path: string): Promise<RegExpExecArray[]> {
  const table = await open(path).catch(() => undefined);
  if (!table) return [];
  try {
    const found: RegExpExecArray[] = [];
    const buffer = Buffer.alloc(pieceLength);
    let [rest, isHeader] = ["", true];
    while (true) {
      const { bytesRead } = await table.read(buffer, 0, pieceLength);
      if (bytesRead === 0) return found;
      const lines = (rest + buffer.toString("latin1", 0, bytesRead)).split("\n");
      rest = lines.pop()!;
      for (const line of isHeader ? lines.slice(1) : lines) {
        const match = listening.exec(line);
        if (!match) return found;
        found.push(match);
      }
      isHeader &&= lines.length === 0;
    }
  } finally {
    await table.close();
  }
}

/** Words of four bytes, each in the byte order of the machine: little-endian on all that HAProxy is common on. */
function decodeAddress(text: string): string {
  const bytes = (text.match(/.{8}/g) ?? []).flatMap((word) =>
    word.match(/../g)!.reverse().map((byte) => parseInt(byte, 16))
  );
  const mapped = bytes.length === 16 && bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff;
  if (bytes.length === 4 || mapped) return bytes.slice(-4).join(".");
  const groups = Array.from({ length: 8 }, (_, index) => (bytes[2 * index]! << 8 | bytes[2 * index + 1]!));
  return canonicalAddress(groups.map((group) => group.toString(16)).join(":"));
}

/** The one way to write an IP address of version 6 (RFC 5952); others as they are. */
export function canonicalAddress(host: string): string {
  if (!host.includes(":")) return host;
  const url = URL.parse(`http://[${host}]/`);
  return url ? url.hostname.slice(1, -1) : host;
}

/** Bits of capabilities(7). */
export const capabilities = { bindService: 1n << 10n, raiseLimits: 1n << 24n };

/**
 * The effective capabilities of a process, as bits (`CapEff` of proc_pid_status(5)). Undefined where the system does not
 * say, or the process has ended.
 *
 * @param proc where procfs is mounted
 */
export async function effectiveCapabilities(
  pid: number | "self",
  proc = "/proc",
): Promise<bigint | undefined> {
  const status = await readFile(`${proc}/${pid}/status`, "utf8").catch(() => "");
  const bits = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return bits === undefined ? undefined : BigInt(`0x${bits}`);
}
