import { access } from "node:fs/promises";
import type { Options } from "../../core/flags/Options.ts";
import { UsageError } from "../../core/flags/UsageError.ts";
import { splitWords } from "../../core/reload/splitWords.ts";
import { checkCertificateFile } from "../certificates/checkCertificateFile.ts";
import { findHaproxy } from "../haproxy/findHaproxy.ts";
import { findReloadCommand } from "../reload/findReloadCommand.ts";
import { runReloadCommand } from "../reload/runReloadCommand.ts";
import type { Reload } from "../sync/Synchroniser.ts";
import { createFollower } from "./createFollower.ts";
import { createGenerator } from "./createGenerator.ts";
import { createMarathonClient } from "./createMarathonClient.ts";
import { createSynchroniser } from "./createSynchroniser.ts";
import { haproxyEnvironment } from "./haproxyEnvironment.ts";
import type { RunContext } from "./RunContext.ts";

const defaultCertificate = "/etc/ssl/cert.pem";

/**
 * Direct mode: HAProxy is somebody else's. Generates once, validates, writes and has HAProxy reloaded; with `--sse` it
 * stays and does so whenever apps change. Resolves to the exit code.
 */
export async function runDirect(options: Options, context: RunContext): Promise<number> {
  const { environment, clock, logger, stopping } = context;
  const env = haproxyEnvironment(environment);
  const reload = await createReload(options, context);
  const sslCerts = options.sslCerts ?? [defaultCertificate];
  const client = await createMarathonClient(options, context);
  const haproxy = options.skipValidation
    ? undefined
    : (await findHaproxy(options.haproxyBinary, { env, signal: stopping })).path;
  if (haproxy !== undefined && options.bindHttpHttps) await checkCertificates(sslCerts);
  const generator = await createGenerator(options, { environment, sslCerts, clock, logger });
  const parts = { client, generator, reload, haproxy, haproxyEnvironment: env };
  const { synchroniser } = createSynchroniser(options, context, parts);
  try {
    if (options.sse) {
      const follower = createFollower(options, context, { client, synchroniser, byEvents: true });
      follower.tick("the start");
      await follower.follow(stopping);
      return 0;
    }
    let result = await synchroniser.synchronise(["the start"], stopping);
    while (result.unfinished) {
      result = await synchroniser.synchronise(["services that were set aside"], stopping);
    }
    const excluded = result.problems.some(({ severity }) => severity === "excluded");
    return options.strictExit && excluded ? 1 : 0;
  } finally {
    client.close();
  }
}

/** HAProxy would name the file, but neither the flag nor what to do. */
async function checkCertificates(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    // Some HEAD templates name certificates of their own and this one does not have to be there.
    if (path === defaultCertificate && await access(path).then(() => false, () => true)) continue;
    await checkCertificateFile(path, "--ssl-certs");
  }
}

function readCommand(text: string): string[] {
  try {
    return splitWords(text);
  } catch (error) {
    throw new UsageError(`--command: ${(error as Error).message}`);
  }
}

async function createReload(options: Options, { clock, logger }: RunContext): Promise<Reload> {
  const command = options.command === undefined ? await findReloadCommand() : readCommand(options.command);
  if (!command || command.length === 0) {
    return () => {
      logger.warning("No init system runs HAProxy here and there is no --command: it is not reloaded");
      return Promise.resolve({ ok: true });
    };
  }
  const { maxReloadRetries: maxRetries, reloadInterval } = options;
  const retries = { maxRetries, interval: reloadInterval * 1000, clock, logger };
  return (signal) => runReloadCommand(command, retries, signal);
}
