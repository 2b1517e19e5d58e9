import { type CallbackLimits, CallbackServer } from "../../../../lib/shell/marathon/callbackServer.ts";
import { RecordingLogger } from "../../../support/RecordingLogger.ts";

export interface CallbackBench {
  readonly server: CallbackServer;
  readonly url: string;
  /** The events that the server told of. */
  readonly heard: string[];
  readonly log: string[];
}

/** Runs a test with a listener on a free port of the loopback interface. */
export async function withCallbackServer(
  limits: Partial<CallbackLimits>,
  test: (bench: CallbackBench) => Promise<void>,
): Promise<void> {
  const logger = new RecordingLogger();
  const server = await CallbackServer.listen({ host: "127.0.0.1", port: 0 }, logger, limits);
  const heard: string[] = [];
  server.onEvent = (eventType) => heard.push(eventType);
  try {
    await test({ server, url: `http://127.0.0.1:${server.port}`, heard, log: logger.lines });
  } finally {
    await server.close();
  }
}
