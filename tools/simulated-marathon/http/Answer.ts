import type { JsonObject } from "../JsonObject.ts";

/** What a request is answered with; the body is sent as JSON unless it is text. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Marathon's form of an error. */
export function refusal(status: number, message: string, more: JsonObject = {}): Answer {
  return { status, body: { message, ...more } };
}

export function noSuchApp(id: string): Answer {
  return refusal(404, `App '${id}' does not exist`);
}
