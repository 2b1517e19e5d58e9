import type { Fault } from "../faults/Fault.ts";
import { isObject } from "../JsonObject.ts";
import { type Answer, refusal } from "./Answer.ts";

/** The answer that a fault puts in the place of the true one, as far as it does. */
export function applyFault(answer: Answer, fault: Fault): Answer {
  if (fault.body !== undefined) {
    const headers = { ...answer.headers, "Content-Type": "application/json" };
    return { ...answer, status: fault.status ?? answer.status, body: fault.body, headers };
  }
  if (fault.status !== undefined) {
    return refusal(fault.status, "A fault that was demanded of the simulated Marathon");
  }
  if (fault.empty) return { ...answer, body: emptied(answer.body) };
  return answer;
}

function emptied(body: unknown): unknown {
  if (Array.isArray(body)) return [];
  if (!isObject(body)) return body;
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [name, Array.isArray(value) ? [] : value]),
  );
}
