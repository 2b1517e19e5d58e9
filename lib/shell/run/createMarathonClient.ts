import type { Options } from "../../core/flags/Options.ts";
import type { Clock } from "../clock/Clock.ts";
import { readNamedFile } from "../files/readNamedFile.ts";
import type { Logger } from "../log/Logger.ts";
import { createAuthorization } from "../marathon/auth/createAuthorization.ts";
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
  const { access, marathonCaCert, insecureMarathon: insecure } = options;
  if (insecure) {
    logger.warning(
      "--insecure-marathon: Marathon's certificate is not verified; anyone on the way can pose as it",
    );
  }
  const ca = marathonCaCert === undefined
    ? undefined
    : await readNamedFile(marathonCaCert, "--marathon-ca-cert");
  return new MarathonClient({
    urls: options.marathon,
    authorization: access && await createAuthorization(access, { trust: { ca, insecure }, clock }),
    ca,
    insecure,
    clock,
    logger,
  });
}
