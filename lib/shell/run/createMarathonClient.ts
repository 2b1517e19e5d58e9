import type { Options } from "../../core/flags/Options.ts";
import { type Credentials, parseCredentials } from "../../core/flags/Credentials.ts";
import type { Clock } from "../clock/Clock.ts";
import { readFileIfExists } from "../files/readFileIfExists.ts";
import type { Logger } from "../log/Logger.ts";
import { MarathonClient } from "../marathon/MarathonClient.ts";

/**
 * The client for the Marathon of the command line.
 *
 * @throws {Error} when the file of the credentials or of the certificate authority cannot be used
 */
export async function createMarathonClient(
  options: Options,
  { clock, logger }: { clock: Clock; logger: Logger },
): Promise<MarathonClient> {
  const { marathonAuthCredentialFile, marathonCaCert, insecureMarathon } = options;
  if (insecureMarathon) {
    logger.warning(
      "--insecure-marathon: Marathon's certificate is not verified; anyone on the way can pose as it",
    );
  }
  return new MarathonClient({
    urls: options.marathon,
    credentials: marathonAuthCredentialFile
      ? await readCredentials(marathonAuthCredentialFile)
      : options.authCredentials,
    ca: marathonCaCert === undefined ? undefined : await readNamed(marathonCaCert, "--marathon-ca-cert"),
    insecure: insecureMarathon,
    clock,
    logger,
  });
}

async function readCredentials(path: string): Promise<Credentials | undefined> {
  const [line = ""] = (await readNamed(path, "--marathon-auth-credential-file")).split(/\r?\n/);
  if (line === "") return undefined;
  const credentials = parseCredentials(line);
  if (credentials) return credentials;
  throw new Error(
    `--marathon-auth-credential-file: the first line of ${path} is not of the form user:password`,
  );
}

async function readNamed(path: string, flag: string): Promise<string> {
  const text = await readFileIfExists(path);
  if (text === undefined) throw new Error(`${flag}: there is no file ${path}; check the path`);
  return text;
}
