import { MarathonClient, type MarathonClientOptions } from "../../../../lib/shell/marathon/client.ts";
import { FakeClock } from "../../../support/FakeClock.ts";
import { RecordingLogger } from "../../../support/RecordingLogger.ts";

/** A client of no Marathon, unless the options name one, with the fake clock and the logger that it has. */
export function makeClient(options: Partial<MarathonClientOptions>) {
  const clock = new FakeClock();
  const logger = new RecordingLogger();
  const client = new MarathonClient({ urls: [], insecure: false, clock, logger, ...options });
  return { clock, logger, client, [Symbol.dispose]: () => client.close() };
}
