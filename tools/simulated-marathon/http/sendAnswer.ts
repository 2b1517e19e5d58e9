import type { ServerResponse } from "node:http";
import type { Fault } from "../faults/Fault.ts";
import type { Answer } from "./Answer.ts";

/** Sends an answer, made worse by the fault. */
export function sendAnswer(response: ServerResponse, answer: Answer, fault: Fault = {}): void {
  const { type, text } = serialise(answer.body);
  const body = fault.malformed ? text.slice(0, Math.ceil(text.length / 2)) : text;
  const bytes = new TextEncoder().encode(body);
  response.writeHead(answer.status, {
    ...(type ? { "Content-Type": type } : {}),
    "Content-Length": bytes.length,
    ...answer.headers,
  });
  if (!fault.truncate) {
    response.end(bytes);
    return;
  }
  // The half has to be on its way before the connection goes.
  response.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => response.destroy());
}

function serialise(body: unknown): { type?: string; text: string } {
  if (body === undefined) return { text: "" };
  if (typeof body === "string") return { type: "text/plain", text: body };
  return { type: "application/json", text: JSON.stringify(body) };
}
