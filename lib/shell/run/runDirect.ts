import { access } from "node:fs/promises";
import type { Options } from "../../core/flags/Options.ts";
import { UsageError } from "../../core/flags/UsageError.ts";
import { splitWords } from "../../core/reload/splitWords.ts";
import { checkCertificateFile } from "../certificates/checkCertificateFile.ts";
import { findHaproxy } from "../haproxy/findHaproxy.ts";
import { findReloadCommand } from "../reload/findReloadCommand.ts";
import { runReloadCommand } from "../reload/runReloadCommand.ts";
import type { Reload } from "../sync/Synchroniser.ts";
import { openServiceNotifier } from "../systemd/openServiceNotifier.ts";
import { createFollower } from "./createFollower.ts";
import { createGenerator } from "./createGenerator.ts";
import { createMarathonClient } from "./createMarathonClient.ts";
import { createSynchroniser } from "./createSynchroniser.ts";
import { haproxyEnvironment } from "./haproxyEnvironment.ts";
import { openTickSource } from "./openTickSource.ts";
import type { RunContext } from "./RunContext.ts";

const defaultCertificate = "/etc/ssl/cert.pem";

/**
 * Direct mode: HAProxy is somebody else's. Generates once, validates, writes and has HAProxy reloaded; with `--sse` or
 * `--listening` it stays and does so whenever apps change. Resolves to the exit code.
 */
export async function runDirect(options: Options, context: RunContext): Promise<number> {
  const { environment, clock, logger, stopping } = context;
  const env = haproxyEnvironment(environment);
  const reload = await createReload(options, context, env);
  const sslCerts = options.sslCerts ?? [defaultCertificate];
  const client = await createMarathonClient(options, context);
  const haproxy = options.skipValidation
    ? undefined
    : await findHaproxy(options.haproxyBinary, { env, signal: stopping });
  if (haproxy !== undefined && options.bindHttpHttps) await checkCertificates(sslCerts, context);
  const generator = await createGenerator(options, {
    environment,
    sslCerts,
    clock,
    logger,
    haproxyVersion: haproxy?.version,
  });
  const parts = { client, generator, reload, haproxy: haproxy?.path, haproxyEnvironment: env };
  const { synchroniser, apps, store } = createSynchroniser(options, context, parts);
  try {
    if (await store.recover()) {
      logger.warning("An earlier run was killed in the middle of a change: it is made now");
    }
    if (options.sse || options.eventAddress !== undefined) {
      const source = await openTickSource(options, logger);
      const notifier = await openServiceNotifier(context, () => "Following Marathon; HAProxy is not ours");
      const { progress } = notifier;
      const follower = createFollower(options, context, { client, synchroniser, apps, source, progress });
      follower.tick("the start");
      // Ready before Marathon has answered: HAProxy serves without us, and who waits for Marathon is not to be killed for it.
      await Promise.all([follower.follow(stopping), notifier.follow(stopping, context.killing)]);
      return 0;
    }
    let result = await synchroniser.synchronise({ reasons: ["the start"] }, stopping);
    while (result.unfinished || result.heldFor > 0) {
      await clock.sleep(result.heldFor, stopping);
      const reason = result.unfinished ? "services that were set aside" : "an answer that was held back";
      result = await synchroniser.synchronise({ reasons: [reason] }, stopping);
    }
    const excluded = result.problems.some(({ severity }) => severity === "excluded");
    return options.strictExit && excluded ? 1 : 0;
  } finally {
    client.close();
  }
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
      logger.warning("No init system runs HAProxy here and there is no --command: it is not reloaded");
      return Promise.resolve({ ok: true });
    };
  }
  const { maxReloadRetries: maxRetries, reloadInterval } = options;
  const retries = { maxRetries, interval: reloadInterval * 1000, env, clock, logger };
  return (signal) => runReloadCommand(command, retries, signal);
}
