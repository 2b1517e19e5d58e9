import { stat } from "node:fs/promises";
import type { HaproxyVersion } from "../../core/haproxy/versions.ts";
import type { AlarmReport } from "../../core/status/state.ts";
import type { Logger } from "../log/logger.ts";
import type { Clock } from "../system/clock.ts";
import { describeHolders, isSameAddress, type Listener, readListeners, socketsOf, unseen } from "./ports.ts";

/** Milliseconds between two looks. */
const interval = 5_000;

export interface PortWatch {
  /** The processes of our HAProxy. */
  readonly pids: () => readonly number[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called with every port that is shared now; with none when that is over. */
  readonly alarm: (shared: readonly AlarmReport[]) => void;
  /** What listens now; tests put others in its place. */
  readonly listeners?: () => Promise<readonly Listener[]>;
}

/**
 * Reports other processes that listen on a port of our HAProxy. HAProxy opens its ports with SO_REUSEPORT, so that
 * processes of the same user can share them. Each of them receives a part of the connections. Nothing is done to them.
 * Resolves when the signal is aborted.
 */
export async function watchPorts(watch: PortWatch, signal: AbortSignal): Promise<void> {
  const { clock, logger, alarm } = watch;
  const look = createLook(watch);
  /** By socket: of the last look, and those that were reported. */
  let seen: readonly string[] = [];
  let told = new Map<string, AlarmReport>();
  while (!signal.aborted) {
    const strangers = await look();
    // A worker that is only just coming up is none: it is known by the next look.
    const lasting = strangers.filter(({ inode }) => seen.includes(inode));
    seen = strangers.map(({ inode }) => inode);
    const fresh = lasting.filter(({ inode }) => !told.has(inode));
    const holders = await describeHolders(new Set(fresh.map(({ inode }) => inode)));
    const next = new Map(lasting.map((stranger) => {
      const report = told.get(stranger.inode) ?? describe(stranger, holders.get(stranger.inode) ?? unseen);
      return [stranger.inode, report] as const;
    }));
    for (const { inode } of fresh) logger.error(next.get(inode)!.message);
    for (const [inode, { subject }] of told) {
      if (!next.has(inode)) logger.info(`Port ${subject} is no longer shared`);
    }
    told = next;
    alarm([...told.values()]);
    await clock.sleep(interval, signal).catch(() => {/* stopped: the loop's condition ends it */});
  }
}

function describe({ host, port }: Listener, holder: string): AlarmReport {
  return {
    subject: `${port} of ${host}`,
    message: `Port ${port} of ${host} is shared: ${holder} listens on it and gets a part of ` +
      "the connections; stop that process, or move it to another port",
  };
}

/** The sockets of strangers. Where nothing has changed since the last look, nothing but the table of sockets is read. */
function createLook({ pids, listeners = readListeners }: PortWatch): () => Promise<readonly Listener[]> {
  let before = "";
  let found: readonly Listener[] = [];
  return async () => {
    const ours = [...pids()];
    const table = await listeners();
    const state = `${ours};${table.map(({ inode, port }) => `${inode} ${port}`)}`;
    if (state === before) return found;
    const sockets = await Promise.all(ours.map(socketsOf));
    // HAProxy's own sockets cannot be seen, for example where its file has capabilities. Then no process is reported.
    if (ours.length === 0 || sockets.some((inodes) => inodes === undefined)) return found = [];
    const own = new Set(sockets.flatMap((inodes) => inodes ?? []));
    const held = Map.groupBy(table.filter(({ inode }) => own.has(inode)), ({ port }) => port);
    before = state;
    return found = table.filter((one) =>
      !own.has(one.inode) && held.get(one.port)?.some((ours) => isHarmed(ours, one))
    );
  };
}

/**
 * A specific address takes precedence over a wildcard: a listener at all addresses takes nothing from our specific one.
 */
function isHarmed(ours: Listener, stranger: Listener): boolean {
  return isSameAddress(ours, stranger) && (ours.host === stranger.host || isWildcard(ours));
}

function isWildcard({ host }: Listener): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** Milliseconds between two looks. */
const versionInterval = 60_000;

export interface ExecutableWatch {
  readonly path: string;
  /** The one for which the configuration is made. */
  readonly version: HaproxyVersion;
  /** Asks the executable that is there now. Rejects when there is none that works. */
  readonly ask: (signal: AbortSignal) => Promise<HaproxyVersion>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly alarm: (reports: readonly AlarmReport[]) => void;
}

/**
 * Reports when another version of HAProxy replaces its executable. A master executes the new version at its next
 * reload. The configuration, however, is generated for the version that was there at our start. Resolves when the
 * signal is aborted.
 */
export async function watchExecutable(
  { path, version, ask, clock, logger, alarm }: ExecutableWatch,
  signal: AbortSignal,
): Promise<void> {
  let known = await identify(path);
  let told: string | undefined;
  while (!signal.aborted) {
    await clock.sleep(versionInterval, signal).catch(() => {/* stopped: the loop's condition ends it */});
    const found = await identify(path);
    if (signal.aborted || found === known) continue;
    known = found;
    const problem = await ask(signal).then(
      ({ text }) =>
        text === version.text ? undefined : `it was ${version.text} at the start and is ${text} now`,
      (error: Error) => error.message.replace(/[.]$/, ""),
    );
    if (signal.aborted) return;
    const message = problem &&
      `The HAProxy executable ${path} was replaced: ${problem}; restart marathon-lb, so that it generates ` +
        "the configuration for this version";
    if (message !== undefined && message !== told) logger.error(message);
    if (message === undefined) logger.info(`The HAProxy executable ${path} was replaced by ${version.text}`);
    told = message;
    alarm(message === undefined ? [] : [{ subject: path, message }]);
  }
}

/** Changes with the file; a file that is not there is one too. */
async function identify(path: string): Promise<string> {
  const file = await stat(path).catch(() => undefined);
  return file ? `${file.dev} ${file.ino} ${file.mtimeMs} ${file.size}` : "";
}
