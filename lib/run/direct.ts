import { spawn } from "node:child_process";
import { once } from "node:events";
import { access } from "node:fs/promises";
import { dirname } from "node:path";
import { UsageError } from "../core/flags/flag.ts";
import type { Options } from "../core/flags/options.ts";
import { isExclusion } from "../core/problem.ts";
import { CertificateSelection, checkCertificateFile } from "../shell/certificates/files.ts";
import { findHaproxy } from "../shell/haproxy/binary.ts";
import type { Logger } from "../shell/log/logger.ts";
import type { Reload } from "../shell/sync/applier.ts";
import type { Clock } from "../shell/system/clock.ts";
import { makeDirectory } from "../shell/system/files.ts";
import { DirectoryLocks } from "../shell/system/locks.ts";
import type { RunContext } from "./context.ts";
import { createFollower, Mailbox, openTickSource } from "./follower.ts";
import { haproxyEnvironment } from "./machine.ts";
import {
  askHaproxy,
  createClusterClients,
  createFiles,
  createGenerator,
  createMarathonClient,
  createSynchroniser,
  incumbentsOnDisk,
  openStaticApps,
} from "./parts.ts";
import { openServiceNotifier } from "./systemd.ts";

const defaultCertificate = "/etc/ssl/cert.pem";

/**
 * Direct mode, where another process supervises HAProxy. Generates once, validates, writes and has HAProxy reloaded.
 * With `--sse` or `--listening` it stays, and repeats this whenever apps change. Resolves to the exit code.
 */
export async function runDirect(options: Options, context: RunContext): Promise<number> {
  const { environment, clock, logger, stopping } = context;
  const env = haproxyEnvironment(environment);
  const reload = await createReload(options, context, env);
  const sslCerts = options.sslCerts ?? [defaultCertificate];
  const client = await createMarathonClient(options, context);
  const haproxy = options.skipValidation
    ? await askHaproxy(options, context)
    : await findHaproxy(options.haproxyBinary, { env, signal: stopping });
  if (!options.skipValidation && options.bindHttpHttps) await checkCertificates(sslCerts, context);
  const selection = await CertificateSelection.of(sslCerts, clock);
  const generator = await createGenerator(options, {
    environment,
    sslCerts: () => selection.named,
    clock,
    logger,
    haproxy,
    incumbents: () => incumbentsOnDisk(options.haproxyConfig),
  });
  const mailbox = new Mailbox(options, context);
  const { store, ledger } = createFiles(options, context, { mailbox });
  const statics = openStaticApps(options, context, { mailbox });
  const clusterClients = await createClusterClients(options, context);
  const parts = {
    client,
    clusterClients,
    mailbox,
    generator,
    reload,
    haproxy: haproxy?.path,
    haproxyEnvironment: env,
    statics,
  };
  const { synchroniser, apps, clusters } = createSynchroniser(options, context, { ...parts, store, ledger });
  const stays = options.sse || options.eventAddress !== undefined;
  const locks = await takeDirectory(options, context, stays ? patience.stays : patience.once);
  try {
    if (await store.recover()) {
      logger.warning("An earlier run was killed during a change: completing the change");
    }
    if (stays) {
      const source = await openTickSource(options, logger);
      const notifier = await openServiceNotifier(
        context,
        () => "Following Marathon; HAProxy is not supervised",
      );
      const { progress } = notifier;
      const following = { mailbox, client, synchroniser, ledger, apps, source, clusters, progress };
      const follower = createFollower(options, context, following);
      mailbox.tick("the start");
      // Ready before Marathon has answered: HAProxy serves without us, and systemd must not kill a process that waits for Marathon.
      await Promise.all([
        follower.follow(stopping),
        notifier.follow(stopping, context.killing, () => "Stopping"),
        statics?.follow(stopping),
      ]);
      return 0;
    }
    let result = await synchroniser.synchronise({ reasons: ["the start"] }, stopping);
    while (result.unfinished || (result.heldFor > 0 && !result.failure)) {
      if (result.unfinished) await synchroniser.judge(stopping);
      else await clock.sleep(result.heldFor, stopping);
      const reason = result.unfinished ? "services that HAProxy has checked" : "an answer that was held back";
      result = await synchroniser.synchronise({ reasons: [reason] }, stopping);
    }
    if (result.failure) throw result.failure;
    const excluded = result.problems.some(isExclusion);
    return options.strictExit && excluded ? 1 : 0;
  } finally {
    client.close();
    for (const { client } of clusterClients) client.close();
    locks.release();
  }
}

/** Milliseconds to wait for a run that has the directory. One that is started again and again has its turn after the one before. */
const patience = { stays: 1_000, once: 30_000 };

async function takeDirectory(
  { haproxyConfig }: Options,
  { clock, stopping: signal }: RunContext,
  patience: number,
): Promise<DirectoryLocks> {
  const directory = dirname(haproxyConfig);
  await makeDirectory(directory, "the directory of --haproxy-config");
  return await DirectoryLocks.take(new Map([[directory, "--haproxy-config"]]), {
    clock,
    patience,
    signal,
  });
}

/** HAProxy would name the file, but neither the flag nor what to do. */
async function checkCertificates(paths: readonly string[], context: RunContext): Promise<void> {
  for (const path of paths) {
    // Some HEAD templates name certificates of their own and this one does not have to be there.
    if (path === defaultCertificate && await access(path).then(() => false, () => true)) continue;
    await checkCertificateFile(path, "--ssl-certs", context);
  }
}

function readCommand(text: string): string[] {
  try {
    return splitWords(text);
  } catch (error) {
    throw new UsageError(`--command: ${(error as Error).message}`);
  }
}

async function createReload(
  options: Options,
  { clock, logger }: RunContext,
  env: RunContext["environment"],
): Promise<Reload> {
  const command = options.command === undefined ? await findReloadCommand() : readCommand(options.command);
  if (!command || command.length === 0) {
    return () => {
      logger.warning("No init system runs HAProxy here, and there is no --command: HAProxy is not reloaded");
      return Promise.resolve({ ok: true });
    };
  }
  const { maxReloadRetries: maxRetries, reloadInterval } = options;
  const retries = { maxRetries, interval: reloadInterval * 1000, env, clock, logger };
  return (signal) => runReloadCommand(command, retries, signal);
}

/** How each init system reloads HAProxy, by a file that is there when it supervises HAProxy. */
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

export interface ReloadCommandOptions {
  /** Tries after the first one: 0 none, -1 endless. */
  readonly maxRetries: number;
  /** Milliseconds between two tries. */
  readonly interval: number;
  /** The command's environment: a HAProxy that it starts inherits it, so no credential belongs in it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Runs the command that reloads HAProxy until it ends with code 0. What it prints goes to our own standard error.
 *
 * @param command program and arguments; never given to a shell
 */
export async function runReloadCommand(
  command: readonly string[],
  { maxRetries, interval, env, clock, logger }: ReloadCommandOptions,
  signal: AbortSignal,
): Promise<{ ok: true } | { ok: false; reason: string }> {
  for (let attempt = 0;; attempt++) {
    const failure = await runOnce(command, env, signal);
    if (failure === undefined) return { ok: true };
    const reason = `the reload command ${JSON.stringify(command.join(" "))} ${failure}`;
    if (maxRetries >= 0 && attempt >= maxRetries) return { ok: false, reason };
    logger.warning(`${reason}; retrying in ${interval / 1000} s`);
    await clock.sleep(interval, signal);
  }
}

async function runOnce(
  [program, ...words]: readonly string[],
  env: ReloadCommandOptions["env"],
  signal: AbortSignal,
): Promise<string | undefined> {
  // A child of an aborted signal would still begin to run.
  signal.throwIfAborted();
  // Our standard output is for configurations alone (--dry).
  const child = spawn(program!, words, { stdio: ["ignore", 2, 2], env, signal });
  try {
    const [code, killedBy] = await once(child, "exit");
    return code === 0 ? undefined : `ended with ${killedBy ?? `code ${code}`}`;
  } catch (error) {
    signal.throwIfAborted();
    return `cannot be run: ${(error as Error).message}`;
  }
}

const word = /"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)|([^\s"'\\]+)|(\s+)/gs;

/**
 * Splits a command line into its words as a POSIX shell does. It understands quotes and backslashes only. No shell runs.
 *
 * @throws {SyntaxError} when a quote is not closed
 */
export function splitWords(commandLine: string): string[] {
  const words: string[] = [];
  let current: string | undefined;
  let position = 0;
  for (const match of commandLine.matchAll(word)) {
    if (match.index !== position) break;
    position += match[0].length;
    const [, double, single, escaped, plain, space] = match;
    if (space !== undefined) {
      if (current !== undefined) words.push(current);
      current = undefined;
    } else {
      current = (current ?? "") + (double?.replace(/\\(["\\$`])/g, "$1") ?? single ?? escaped ?? plain ?? "");
    }
  }
  if (position < commandLine.length) {
    throw new SyntaxError(
      `${JSON.stringify(commandLine)} has an open quote; close it, or escape it with a backslash`,
    );
  }
  if (current !== undefined) words.push(current);
  return words;
}
