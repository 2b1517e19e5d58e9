import { type Agent, type IncomingMessage, request as sendHttp } from "node:http";
import { request as sendHttps } from "node:https";
import type { Socket } from "node:net";
import type { Clock } from "../clock/Clock.ts";
import { hasCode } from "../files/hasCode.ts";
import { startTimer } from "./startTimer.ts";
import { timeOut } from "./timeOut.ts";

export interface RequestOptions {
  method: string;
  headers: Record<string, string>;
  body?: string;
  agent: Agent;
  clock: Clock;
  /** Milliseconds for the connection to stand, TLS included. */
  connectTimeout: number;
  /** Milliseconds for the head of the answer to come. */
  answerTimeout: number;
  signal: AbortSignal;
}

/**
 * Sends a request and resolves with the head of the answer, whose body the caller reads or destroys. Rejects
 * with the error of the connection, a `TimeoutError`, or the signal's reason; an abort ends a body that is being read, too.
 */
export async function sendRequest(url: URL, options: RequestOptions): Promise<IncomingMessage> {
  while (true) {
    const response = await sendOnce(url, options);
    if (response) return response;
  }
}

/** As {@link sendRequest}, but `undefined` when a connection was used again that the server had closed meanwhile. */
function sendOnce(url: URL, options: RequestOptions): Promise<IncomingMessage | undefined> {
  const { method, headers, body, agent, clock, connectTimeout, answerTimeout, signal } = options;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const secure = url.protocol === "https:";
    const request = (secure ? sendHttps : sendHttp)(url, { method, headers, agent });
    let failed = false;
    let stopConnectTimer = () => {};
    const stopAnswerTimer = startTimer(clock, answerTimeout, () => fail(timeOut("no answer", answerTimeout)));
    const onAbort = () => fail(signal.reason);
    const stopTimers = () => {
      stopConnectTimer();
      stopAnswerTimer();
    };
    const fail = (error: unknown) => {
      failed = true;
      stopTimers();
      signal.removeEventListener("abort", onAbort);
      reject(error);
      request.destroy(error instanceof Error ? error : undefined);
    };

    signal.addEventListener("abort", onAbort, { once: true });
    request.on("socket", (socket: Socket) => {
      if (failed) {
        // Deno sends a request again whose kept-alive connection broke, also when we were the ones who broke it.
        socket.destroy();
      } else if (socket.connecting) {
        stopConnectTimer();
        stopConnectTimer = startTimer(
          clock,
          connectTimeout,
          () => fail(timeOut("no connection", connectTimeout)),
        );
        socket.once(secure ? "secureConnect" : "connect", () => stopConnectTimer());
      }
    });
    request.on("response", (response: IncomingMessage) => {
      stopTimers();
      resolve(response);
    });
    request.on("error", (error) => {
      if (request.reusedSocket && hasCode(error, "ECONNRESET")) resolve(undefined);
      fail(error);
    });
    request.on("close", () => signal.removeEventListener("abort", onAbort));
    request.end(body);
  });
}
