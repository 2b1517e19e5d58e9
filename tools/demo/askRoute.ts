import { type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Answer } from "./Answer.ts";
import type { Route } from "./Route.ts";

const timeout = 5000;

/** Sends one request on a new connection, as curl does. Never rejects. */
export async function askRoute({ app, protocol, port, path, headers, via }: Route): Promise<Answer> {
  const send = protocol === "https" ? httpsRequest : httpRequest;
  const options = {
    host: "127.0.0.1",
    port,
    path,
    headers,
    agent: false,
    timeout,
    rejectUnauthorized: false,
  };
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = send(options, resolve);
      request.once("timeout", () => request.destroy(new Error(`no answer within ${timeout / 1000} s`)));
      request.once("error", reject);
      request.end();
    });
    for await (const _ of response); // The answer counts when all of it is here.
    return judge(app, via, response);
  } catch (error) {
    return { app, problem: `${app} by ${via}: ${(error as Error).message}` };
  }
}

function judge(app: string, via: string, { statusCode, headers }: IncomingMessage): Answer {
  const { "x-app-id": from, "x-task-id": task } = headers;
  if (statusCode !== 200) return { app, problem: `${app} by ${via}: status ${statusCode}` };
  if (from !== app || typeof task !== "string") {
    return { app, problem: `${app} by ${via}: answered by ${from}` };
  }
  return { app, task };
}
